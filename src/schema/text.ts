/**
 * Genotypes as short canonical text: `(stem=16, stages=[conv(kernel=3, act=relu), skip()], norms={batch})`.
 * A branch is its name with its fields, `#1(...)` a branch of a list, `[...]` a list, `{...}` a subset. Words
 * need quotes (as in JSON) only where they could be mistaken. Equal genotypes have equal texts.
 */
import { type Issue, issue } from "../base/index.js";
import { enter } from "./depth.js";
import { resolve } from "./rule.js";
import type { Node, ObjectNode, Schema } from "./types.js";
import { alternativeOf, parse, validate } from "./validate.js";

/** The text of a genotype, fields in the order of declaration. */
export function toText<T>(schema: Schema<T>, genotype: T): string {
  return print(schema.node, parse(schema, genotype, "genotype"), undefined, Number.POSITIVE_INFINITY);
}

/** The genotype of a text, or what is wrong with it: line and column, or the path of the decision. */
export function fromText<T>(schema: Schema<T>, text: string): T | Issue {
  const read = new Reader(text).whole();
  return "issue" in read ? read.issue : validate(schema, read.value);
}

const WORD = /^[A-Za-z_][A-Za-z0-9_.+-]*$/;
const RESERVED = new Set(["true", "false", "null"]);

function scalar(value: unknown): string {
  return typeof value === "string" ? word(value) : JSON.stringify(Object.is(value, -0) ? 0 : value);
}

function word(text: string): string {
  return WORD.test(text) && !RESERVED.has(text) ? text : JSON.stringify(text);
}

function print(node: Node, value: unknown, context: unknown, left: number): string {
  switch (node.kind) {
    case "choice": {
      const it = alternativeOf(node, value);
      if (it?.kind !== "branch") return scalar(value);
      const inside = fields(it.body, value, context, left);
      return it.tag === "op" ? `${word(String(it.name))}(${inside})` : `#${it.name}(${inside})`;
    }
    case "object":
      return `(${fields(node, value, context, left)})`;
    case "subset":
      return `{${(value as readonly unknown[]).map(scalar).join(", ")}}`;
    case "repeat": {
      const items = value as readonly unknown[];
      const texts = items.map((item, i) => {
        const inside = node.context ? node.context(items.slice(0, i), context) : context;
        return print(node.item, item, inside, left);
      });
      return `[${texts.join(", ")}]`;
    }
    case "lazy":
      return print(node.inner(), value, context, enter(node, left));
    case "bind":
      return print(node.inner, value, node.context, left);
    default:
      return scalar(value);
  }
}

function fields(node: ObjectNode, value: unknown, context: unknown, left: number): string {
  const record = value as Readonly<Record<string, unknown>>;
  const texts: string[] = [];
  for (const { name, rule } of node.fields) {
    const active = resolve(rule, record, context);
    if (active) texts.push(`${word(name)}=${print(active.node, record[name], active.context, left)}`);
  }
  return texts.join(", ");
}

/** Deepest nesting that is read. */
const MAX_NESTING = 2000;
const TOKEN = /\s*(?:([A-Za-z_][A-Za-z0-9_.+-]*)|(-?[0-9][0-9.eE+-]*)|("(?:[^"\\]|\\.)*")|([()[\]{}=,#]))/y;

type Token = { kind: "word" | "number" | "string" | "mark" | "end"; text: string; at: number };

class Refused extends Error {
  constructor(
    readonly at: number,
    readonly expected: string,
    readonly received: string,
  ) {
    super(expected);
  }
}

class Reader {
  private token: Token;
  private position = 0;
  private nesting = 0;

  constructor(private readonly text: string) {
    this.token = { kind: "end", text: "", at: 0 };
  }

  whole(): { value: unknown } | { issue: Issue } {
    try {
      this.next();
      const value = this.value();
      if (this.token.kind !== "end") this.refuse("the end of the text");
      return { value };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const before = this.text.slice(0, error.at).split("\n");
      const path = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
      return { issue: issue("genotype_text", { path, expected: error.expected, received: error.received }) };
    }
  }

  private refuse(expected: string): never {
    const { kind, text, at } = this.token;
    throw new Refused(at, expected, kind === "end" ? "the end of the text" : text.slice(0, 40));
  }

  private next(): void {
    TOKEN.lastIndex = this.position;
    const match = TOKEN.exec(this.text);
    if (match === null) {
      const rest = this.text.slice(this.position).trimStart();
      const at = this.text.length - rest.length;
      if (rest !== "")
        throw new Refused(at, "a word, a number, a quoted text or a bracket", rest.slice(0, 10));
      this.token = { kind: "end", text: "", at: this.text.length };
      return;
    }
    const [all, name, number, quoted, mark] = match;
    const text = name ?? number ?? quoted ?? mark ?? "";
    const kind = name ? "word" : number ? "number" : quoted ? "string" : "mark";
    this.token = { kind, text, at: this.position + all.length - text.length };
    this.position += all.length;
  }

  private take(mark: string): boolean {
    if (this.token.kind !== "mark" || this.token.text !== mark) return false;
    this.next();
    return true;
  }

  private value(): unknown {
    if (++this.nesting > MAX_NESTING) this.refuse(`at most ${MAX_NESTING} levels of brackets`);
    const value = this.inner();
    this.nesting--;
    return value;
  }

  private inner(): unknown {
    if (this.take("[")) return this.items("]");
    if (this.take("{")) return this.items("}");
    if (this.take("(")) return this.record(new Map());
    if (this.take("#")) {
      const branch = this.scalar();
      if (typeof branch !== "number") this.refuse("the number of a branch");
      if (!this.take("(")) this.refuse("(");
      return this.record(new Map([["branch", branch]]));
    }
    const value = this.scalar();
    return typeof value === "string" && this.take("(") ? this.record(new Map([["op", value]])) : value;
  }

  private scalar(): unknown {
    const { kind, text } = this.token;
    if (kind === "mark" || kind === "end") this.refuse("a value");
    let value: unknown = text;
    if (kind !== "word" || RESERVED.has(text)) {
      try {
        value = JSON.parse(text);
      } catch {
        this.refuse(kind === "number" ? "a number" : "a quoted text");
      }
    }
    this.next();
    return value;
  }

  private items(close: string): unknown[] {
    const items: unknown[] = [];
    if (this.take(close)) return items;
    do items.push(this.value());
    while (this.take(","));
    if (!this.take(close)) this.refuse(`, or ${close}`);
    return items;
  }

  private record(found: Map<string, unknown>): unknown {
    if (!this.take(")")) {
      do {
        const name = this.scalar();
        if (typeof name !== "string") this.refuse("the name of a field");
        if (found.has(name)) this.refuse(`${name} once`);
        if (!this.take("=")) this.refuse("=");
        found.set(name, this.value());
      } while (this.take(","));
      if (!this.take(")")) this.refuse(", or )");
    }
    return Object.fromEntries(found);
  }
}
