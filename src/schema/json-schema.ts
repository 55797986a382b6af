/** A space as JSON Schema (draft 2020-12), for configuration files and language models. */
import type { Json } from "../base/index.js";
import { isRecursive } from "./depth.js";
import { arms, optional } from "./rule.js";
import type { IntNode, LazyNode, Node, ObjectNode, Schema } from "./types.js";

type Doc = { readonly [key: string]: Json };

/**
 * The JSON Schema of a space's genotypes. Every genotype conforms. The converse holds but for what JSON Schema
 * cannot say: conditions (such fields are optional there), guards, refinements (in `$comment`), the order of
 * a subset's items, depth bounds, and steps of an int that do not start at a multiple of the step.
 */
export function toJsonSchema<T>(schema: Schema<T>): Doc {
  const writer = new Writer();
  const body = writer.of(schema.node);
  return { $schema: "https://json-schema.org/draft/2020-12/schema", ...body, ...writer.definitions() };
}

class Writer {
  private readonly names = new Map<object, string>();
  private readonly defs = new Map<string, Doc>();

  definitions(): Doc {
    return this.defs.size > 0 ? { $defs: Object.fromEntries(this.defs) } : {};
  }

  of(node: Node): Doc {
    return { ...this.bare(node), ...notes(node) };
  }

  private bare(node: Node): Doc {
    switch (node.kind) {
      case "choice": {
        const values = node.alternatives.flatMap((it) => (it.kind === "value" ? [it.name] : []));
        const branches = node.alternatives.flatMap((it) =>
          it.kind === "branch" ? [this.object(it.body, { [it.tag]: { const: it.name } })] : [],
        );
        if (branches.length === 0) return { enum: values };
        return { oneOf: values.length > 0 ? [{ enum: values }, ...branches] : branches };
      }
      case "object":
        return this.object(node, {});
      case "int":
        return int(node);
      case "real":
        return { type: "number", minimum: node.min, maximum: node.max };
      case "subset":
        return {
          type: "array",
          items: { enum: node.items },
          uniqueItems: true,
          minItems: node.min,
          maxItems: node.max,
        };
      case "repeat":
        return { type: "array", items: this.of(node.item), minItems: node.min, maxItems: node.max };
      case "lazy":
        return this.lazy(node);
      case "bind":
        return this.of(node.inner);
    }
  }

  private lazy(node: LazyNode): Doc {
    const inner = node.inner();
    if (!isRecursive(inner)) return this.of(inner);
    let name = this.names.get(inner);
    if (name === undefined) {
      name = `node${this.names.size}`;
      this.names.set(inner, name);
      this.defs.set(name, {});
      this.defs.set(name, this.of(inner));
    }
    return { $ref: `#/$defs/${name}` };
  }

  private object(node: ObjectNode, tag: Doc): Doc {
    const properties = new Map<string, Json>(Object.entries(tag));
    const required = Object.keys(tag);
    for (const { name, rule } of node.fields) {
      const schemas = arms(rule).map((arm) => this.of(arm));
      properties.set(name, schemas.length === 1 ? (schemas[0] ?? {}) : { anyOf: schemas });
      if (!optional(rule)) required.push(name);
    }
    return {
      type: "object",
      properties: Object.fromEntries(properties),
      required,
      additionalProperties: false,
      ...(Object.keys(tag).length > 0 ? notes(node) : {}),
    };
  }
}

function notes(node: Node): Doc {
  return {
    ...(node.description === undefined ? {} : { description: node.description }),
    ...(node.refinements.length === 0
      ? {}
      : { $comment: node.refinements.map((it) => it.message).join("; ") }),
  };
}

/** Lattices that JSON Schema cannot name are listed up to this length. */
const LISTED = 64;

function int(node: IntNode): Doc {
  const range = { type: "integer", minimum: node.min, maximum: node.max };
  if (node.step === 1) return range;
  if (node.min % node.step === 0) return { ...range, multipleOf: node.step };
  if (node.count > LISTED) return range;
  return { enum: Array.from({ length: node.count }, (_, k) => node.min + k * node.step) };
}
