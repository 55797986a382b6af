/** Genotypes whose choices are left open: what a supernet is built from. */
import { rngOf } from "../base/index.js";
import { repair } from "./repair.js";
import { optional, resolve } from "./rule.js";
import { DEAD, drawAlternative, drawState } from "./sample.js";
import type { ChoiceNode, IntNode, Node, ObjectNode, RepeatNode, Scalar, Schema } from "./types.js";
import { alternativeOf } from "./validate.js";

/** A decision that is not taken: all that could stand there. */
export interface OpenChoice {
  /** The decision's name, as in `stages/0/kind:conv/kernel`; equal for all readers of one decision. */
  readonly path: string;
  /** Values, names of branches, numbers of an int; lengths of a list; first of all null where a field may be absent. */
  readonly names: readonly Scalar[];
  /** What stands in the genotype where alternative `i` is taken: a scalar, an open branch, undefined for absence. */
  value(i: number): unknown;
}

interface Place {
  readonly node: ObjectNode | RepeatNode;
  readonly value: object;
  readonly path: string;
  readonly context: unknown;
}

const places = new WeakMap<object, Place>();
/** Longest int that is opened into its values. */
const MAX_INTS = 64;

/**
 * A view of a genotype whose choices can be asked for with {@link openChoice} and {@link openLength}. Read plainly,
 * it is the genotype itself: what a builder does not open stays as `base` has it. `base` need not be a point of the
 * space: it may hold more than one genotype can, such as all edges where a cell keeps two.
 */
export function relax<T>(schema: Schema<T>, base: T): T {
  return view(schema.node, base, "", undefined) as T;
}

/**
 * The genotype in which every open decision is taken as `pick` says (an index into its names); what the picks make
 * impossible is repaired, with what is missing drawn by a fixed seed. Undefined where no genotype is near.
 */
export function settle<T>(schema: Schema<T>, base: T, pick: (open: OpenChoice) => number): T | undefined {
  const draft = settled(relax(schema, base), pick);
  const value = repair(schema.node, draft, rngOf(0, "settle"));
  return value === DEAD ? undefined : (value as T);
}

function settled(value: unknown, pick: (open: OpenChoice) => number): unknown {
  if (typeof value !== "object" || value === null) return value;
  const length = places.get(value)?.node.kind === "repeat" ? (value as readonly unknown[]).length : undefined;
  const taken = (key: PropertyKey): unknown => {
    const inside: unknown = Reflect.get(value, key);
    if (Array.isArray(inside)) {
      const open = openLength(value, key);
      const items = settled(inside, pick) as unknown[];
      return open === undefined ? items : items.slice(0, Number(open.names[pick(open)]));
    }
    const open = openChoice(value, key);
    return open === undefined ? settled(inside, pick) : settled(open.value(pick(open)), pick);
  };
  if (length !== undefined) return Array.from({ length }, (_, i) => taken(i));
  if (Array.isArray(value)) return [...value];
  return Object.fromEntries(
    Object.keys(value).flatMap((key) => {
      const it = taken(key);
      return it === undefined ? [] : [[key, it]];
    }),
  );
}

/**
 * The alternatives of the decision at a field of a relaxed genotype (or an item of a list in it); undefined where
 * `at` is no relaxed genotype, so that the decision is simply what stands there. Branches that `base` does not
 * take are filled with short values that depend on the decision alone.
 */
export function openChoice(at: object, key: PropertyKey): OpenChoice | undefined {
  const child = childOf(at, key);
  if (child === undefined) return undefined;
  const open = choiceOf(child);
  if (open === undefined || !child.optional) return open;
  return {
    path: open.path,
    names: [null, ...open.names],
    value: (i) => (i === 0 ? undefined : open.value(i - 1)),
  };
}

function choiceOf({ node, value, path, context }: Child): OpenChoice | undefined {
  if (node.kind === "int" && node.count <= MAX_INTS) {
    const numbers = intValues(node);
    return { path, names: numbers, value: (i) => numbers[i] };
  }
  return node.kind === "choice" ? openAlternatives(node, value, path, context) : undefined;
}

/** The lengths of a list in a relaxed genotype: from the least that the schema allows to that of `base`. */
export function openLength(at: object, key: PropertyKey): OpenChoice | undefined {
  const child = childOf(at, key);
  if (child?.node.kind !== "repeat" || !Array.isArray(child.value)) return undefined;
  const { min } = child.node;
  const lengths = Array.from({ length: child.value.length - min + 1 }, (_, i) => min + i);
  return { path: join(child.path, "length"), names: lengths, value: (i) => lengths[i] };
}

function openAlternatives(node: ChoiceNode, value: unknown, path: string, context: unknown): OpenChoice {
  const open = node.alternatives.filter((it) => node.allow?.(it.name, context) ?? true);
  const taken = alternativeOf(node, value);
  const made = new Map<number, unknown>();
  return {
    path,
    names: open.map((it) => it.name),
    value(i) {
      const alternative = open[i];
      if (alternative?.kind !== "branch") return alternative?.name;
      if (!made.has(i)) {
        const rng = rngOf(0, "relax", path, alternative.name);
        const short = () =>
          drawAlternative(alternative, rng, context, Number.POSITIVE_INFINITY, drawState(0)) as object;
        const body = alternative === taken ? (value as object) : short();
        made.set(i, proxy(alternative.body, body, `${path}:${alternative.name}`, context));
      }
      return made.get(i);
    },
  };
}

function intValues({ count, min, step }: IntNode): number[] {
  return Array.from({ length: count }, (_, k) => min + k * step);
}

/** Schema, value and name of a part of a relaxed genotype. */
interface Child {
  readonly node: Exclude<Node, { kind: "lazy" | "bind" }>;
  readonly value: unknown;
  readonly path: string;
  readonly context: unknown;
  /** The field may be left out. */
  readonly optional: boolean;
}

function childOf(at: object, key: PropertyKey): Child | undefined {
  const place = places.get(at);
  if (place === undefined || typeof key === "symbol") return undefined;
  const { node, path, value } = place;
  const inside: unknown = Reflect.get(value, key);
  if (node.kind === "repeat") {
    const index = Number(key);
    const context = node.context
      ? node.context((value as readonly unknown[]).slice(0, index), place.context)
      : place.context;
    return { ...unwrapped(node.item, context), value: inside, path: join(path, index), optional: false };
  }
  const field = node.fields.find(({ name }) => name === key);
  const active = field && resolve(field.rule, value, place.context);
  if (field === undefined || active === undefined) return undefined;
  return {
    ...unwrapped(active.node, active.context),
    value: inside,
    path: join(path, String(key)),
    optional: optional(field.rule),
  };
}

function unwrapped(node: Node, context: unknown): Pick<Child, "node" | "context"> {
  if (node.kind === "lazy") return unwrapped(node.inner(), context);
  if (node.kind === "bind") return unwrapped(node.inner, node.context);
  return { node, context };
}

function view(node: Node, value: unknown, path: string, context: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { node: inner, context: bound } = unwrapped(node, context);
  if (inner.kind === "object" || inner.kind === "repeat") return proxy(inner, value, path, bound);
  if (inner.kind !== "choice") return value;
  const taken = alternativeOf(inner, value);
  return taken?.kind === "branch" ? proxy(taken.body, value, `${path}:${taken.name}`, bound) : value;
}

function proxy(node: ObjectNode | RepeatNode, value: object, path: string, context: unknown): object {
  const views = new Map<PropertyKey, unknown>();
  const made = new Proxy(value, {
    get(target, key, receiver) {
      if (typeof key === "symbol" || !Object.hasOwn(target, key)) return Reflect.get(target, key, receiver);
      if (!views.has(key)) {
        const child = childOf(made, key);
        views.set(
          key,
          child === undefined
            ? Reflect.get(target, key)
            : view(child.node, child.value, child.path, child.context),
        );
      }
      return views.get(key);
    },
    set: () => false,
    deleteProperty: () => false,
    defineProperty: () => false,
  });
  places.set(made, { node, value, path, context });
  return made;
}

function join(path: string, segment: string | number): string {
  return path === "" ? String(segment) : `${path}/${segment}`;
}
