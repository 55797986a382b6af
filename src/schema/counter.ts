/** How many values a node has in its place: by products and sums, never by listing them where it can help it. */
import { canonicalJson, fail } from "../base/index.js";
import { bound, type Count, count, ONE, plus, REAL_POINTS, times, ZERO } from "./count.js";
import { enter, isRecursive, minDepth } from "./depth.js";
import { openAlternatives, points, type Walk } from "./enumerate.js";
import { optional, resolve } from "./rule.js";
import type {
  Alternative,
  ChoiceNode,
  Field,
  Node,
  ObjectNode,
  RepeatNode,
  Rule,
  SubsetNode,
} from "./types.js";

type Branch = Extract<Alternative, { kind: "branch" }>;

/** Assignments of the fields that others depend on which may be gone through, in all. */
const MAX_WORK = 200_000;
/** Different contexts that are remembered, and nodes that are counted in one go. */
const MAX_CONTEXTS = 20_000;
const MAX_CALLS = 5_000_000;

/** A context that is not known: what any context allows is counted, so that the count bounds all of them. */
const ANYWHERE = Symbol("any context");

/** Options of a {@link Counter}. */
export interface CounterOptions {
  /** Count only what the refinements accept, where the values are few enough to be listed. */
  readonly refinements: boolean;
}

/**
 * Counts the values of nodes and remembers. Fields that others depend on are gone through value by value,
 * up to a bound of work; beyond it the count is an upper bound.
 */
export class Counter {
  private work = MAX_WORK;
  private calls = 0;
  private readonly memo = new Map<unknown, Map<Node, Map<number, Count>>>();
  private readonly recursive = new Map<Node, boolean>();

  constructor(private readonly options: CounterOptions) {}

  /** Grant the full bound of work again. */
  begin(): void {
    this.work = MAX_WORK;
    this.calls = 0;
  }

  /** An upper bound that looks at no condition. */
  loosely(node: Node): Count {
    return bound(this.of(node, ANYWHERE, Number.POSITIVE_INFINITY));
  }

  of(node: Node, context: unknown, left: number): Count {
    const key = contextKey(context);
    let byNode = this.memo.get(key);
    if (byNode === undefined) {
      // Contexts may be made by the thousand; the memory is for those that come again.
      if (this.memo.size >= MAX_CONTEXTS) this.memo.clear();
      byNode = new Map();
      this.memo.set(key, byNode);
    }
    let byLeft = byNode.get(node);
    if (byLeft === undefined) {
      byLeft = new Map();
      byNode.set(node, byLeft);
    }
    let found = byLeft.get(left);
    if (found === undefined) {
      if (++this.calls > MAX_CALLS) tooMany();
      found = this.fresh(node, context, left);
      byLeft.set(left, found);
    }
    return found;
  }

  private fresh(node: Node, context: unknown, left: number): Count {
    const total = this.unrefined(node, context, left);
    if (!this.options.refinements || node.refinements.length === 0) return total;
    return context !== ANYWHERE && listable(total)
      ? listed(points(node, context, left, endless()))
      : bound(total);
  }

  private unrefined(node: Node, context: unknown, left: number): Count {
    switch (node.kind) {
      case "choice": {
        let total = ZERO;
        const open = context === ANYWHERE ? { ...node, allow: undefined } : node;
        for (const it of openAlternatives(open, context, left)) {
          total = plus(total, it.kind === "value" ? ONE : this.branch(node, it, context, left));
        }
        return total;
      }
      case "object":
        return this.object(node, context, left);
      case "int":
        return count(node.count);
      case "real":
        return node.min === node.max ? ONE : count(REAL_POINTS, { exact: false, continuous: true });
      case "subset":
        return subsets(node);
      case "repeat":
        return this.repeat(node, context, left);
      case "lazy": {
        const inside = enter(node, left);
        return inside < 0 || minDepth(node.inner()) > inside ? ZERO : this.of(node.inner(), context, inside);
      }
      case "bind":
        return this.of(node.inner, context === ANYWHERE ? ANYWHERE : node.context, left);
    }
  }

  private branch(node: ChoiceNode, it: Branch, context: unknown, left: number): Count {
    const total = this.object(it.body, context, left);
    if (!this.options.refinements || it.body.refinements.length === 0) return total;
    return context !== ANYWHERE && listable(total)
      ? listed(branchPoints(node, it, context, left))
      : bound(total);
  }

  /** Values of an object without its tag. */
  object(node: ObjectNode, context: unknown, left: number): Count {
    if (context === ANYWHERE) return this.loose(node.fields, context, left);
    return this.fields(node.fields, 0, {}, context, left) ?? this.loose(node.fields, context, left);
  }

  /** Completions of the fields from `index` on; undefined where going through them is too much work. */
  fields(
    fields: readonly Field[],
    index: number,
    before: Readonly<Record<string, unknown>>,
    context: unknown,
    left: number,
  ): Count | undefined {
    let product = ONE;
    for (let i = index; i < fields.length; i++) {
      const field = fields[i] as Field;
      const active = resolve(field.rule, before, context);
      if (active === undefined) continue;
      if (!field.pivot) {
        product = times(product, this.of(active.node, active.context, left));
        if (product.big === 0n) return product;
        continue;
      }
      const values = this.values(active.node, active.context, left);
      if (values === undefined) return undefined;
      let total = ZERO;
      for (const value of values) {
        const rest = this.fields(fields, i + 1, { ...before, [field.name]: value }, context, left);
        if (rest === undefined) return undefined;
        total = plus(total, rest);
      }
      return times(product, total);
    }
    return product;
  }

  /** All values of a node; undefined where they are too many or not finite. */
  values(node: Node, context: unknown, left: number): unknown[] | undefined {
    const few = ({ continuous, big }: Count) =>
      !continuous && big !== undefined && big <= BigInt(Math.max(0, this.work));
    // A grammar has as many contexts as derivations; whether they are few is first asked without any.
    if (this.recurs(node) && !few(this.of(node, ANYWHERE, left))) return undefined;
    if (!few(this.of(node, context, left))) return undefined;
    const values = [...points(node, context, left, endless())];
    this.work -= values.length;
    return values;
  }

  private recurs(node: Node): boolean {
    const known = this.recursive.get(node) ?? isRecursive(node);
    this.recursive.set(node, known);
    return known;
  }

  /** Upper bound: every arm of every condition, and its absence, independent of all others. */
  private loose(fields: readonly Field[], context: unknown, left: number): Count {
    let product = ONE;
    for (const { rule } of fields) {
      let total = optional(rule) ? ONE : ZERO;
      for (const arm of armsIn(rule, context)) total = plus(total, this.of(arm.node, arm.context, left));
      product = times(product, total);
    }
    return bound(product);
  }

  private repeat(node: RepeatNode, context: unknown, left: number): Count {
    if (node.context) {
      const chained = context === ANYWHERE ? undefined : this.chain(node, [], context, left);
      return chained ?? bound(this.powers(node, ANYWHERE, left));
    }
    return this.powers(node, context, left);
  }

  private powers(node: RepeatNode, context: unknown, left: number): Count {
    const item = minDepth(node.item) > left ? ZERO : this.of(node.item, context, left);
    let total = ZERO;
    let power = ONE;
    for (let length = 0; length <= node.max; length++) {
      if (length >= node.min) total = plus(total, power);
      power = times(power, item);
      if (power.big === 0n) break;
    }
    return total;
  }

  /** Lists whose items see a context made from the items before them. */
  chain(node: RepeatNode, before: readonly unknown[], context: unknown, left: number): Count | undefined {
    let total = before.length >= node.min ? ONE : ZERO;
    if (before.length === node.max || minDepth(node.item) > left) return total;
    const values = this.values(node.item, node.context?.(before, context), left);
    if (values === undefined) return undefined;
    for (const value of values) {
      const rest = this.chain(node, [...before, value], context, left);
      if (rest === undefined) return undefined;
      total = plus(total, rest);
    }
    return total;
  }
}

/** Every schema that a rule may lead to, with the context here, or any where the rule makes one from other values. */
function armsIn(rule: Rule, context: unknown): { readonly node: Node; readonly context: unknown }[] {
  if (rule.kind === "always") return [{ node: rule.node, context }];
  if (rule.kind === "within") return armsIn(rule.inner, ANYWHERE);
  return [...armsIn(rule.yes, context), ...(rule.no ? armsIn(rule.no, context) : [])];
}

function tooMany(): never {
  return fail("space_not_countable", {
    expected: "contexts that come again",
    received: `more than ${MAX_CALLS} different places to count`,
    hint: "make contexts plain JSON that says no more than the conditions read",
  });
}

/** Equal for equal plain contexts; anything else is compared by identity. */
function contextKey(context: unknown): unknown {
  if (typeof context !== "object" || context === null) return context;
  return isPlain(context) ? `json ${canonicalJson(context)}` : context;
}

function isPlain(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value === "string" || typeof value === "boolean" || value === null) return true;
  if (typeof value !== "object") return false;
  if (Array.isArray(value)) return value.every(isPlain);
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isPlain);
}

function endless(): Walk {
  return { work: Number.POSITIVE_INFINITY, sawReal: false };
}

function listable(total: Count): boolean {
  return !total.continuous && total.big !== undefined && total.big <= BigInt(MAX_WORK);
}

function listed(values: Iterable<unknown>): Count {
  let n = 0;
  for (const _ of values) n++;
  return count(n);
}

/** Values of one branch, refinements of its body kept. */
function branchPoints(node: ChoiceNode, it: Branch, context: unknown, left: number): Iterable<unknown> {
  return points({ ...node, refinements: [], alternatives: [it] }, context, left, endless());
}

function subsets(node: SubsetNode): Count {
  const n = BigInt(node.items.length);
  let total = ZERO;
  let binomial = 1n;
  for (let k = 0; k <= node.max; k++) {
    if (k >= node.min) total = plus(total, count(binomial));
    binomial = (binomial * (n - BigInt(k))) / BigInt(k + 1);
  }
  return total;
}
