import type { Rng } from "../../base/index.js";
import { type Decided, decided, guidedSample, type Schema, traits } from "../../schema/index.js";

/** The decisions of a genotype by their keys. */
export type Decisions = ReadonlyMap<string, Decided>;

/** A list of a genotype. */
export interface ListOf {
  readonly key: string;
  readonly length: number;
  readonly mayGrow: boolean;
  readonly mayShrink: boolean;
}

export interface Network {
  readonly genotype: unknown;
  readonly decisions: Decisions;
  readonly lists: readonly ListOf[];
}

/** An edit of a network: the actions of the policy. */
export type Edit =
  | { readonly kind: "insert"; readonly list: string; readonly at: number }
  | { readonly kind: "remove"; readonly list: string; readonly at: number }
  /** A number moves by `SCALES[by]` of its range: by as much on a logarithmic scale is a factor. */
  | { readonly kind: "scale"; readonly key: string; readonly by: number };

/**
 * Steps of a number, as shares of its range. Channels from 4 to 256 on a logarithmic scale are so multiplied by 1/4, 1/2,
 * 2 and 4.
 */
export const SCALES = [-1 / 3, -1 / 6, 1 / 6, 1 / 3] as const;

export function networkOf(schema: Schema<unknown>, genotype: unknown): Network {
  const decisions = new Map(decided(schema, genotype).map((it) => [it.key, it]));
  const lists = traits(schema, genotype).flatMap(({ key, choice }): ListOf[] => {
    const list = choice === undefined && key.endsWith("#") ? decisions.get(key.slice(0, -1)) : undefined;
    if (list === undefined || list.count === 0) return [];
    return [
      {
        key: list.key,
        length: lengthOf(decisions, list.key),
        mayGrow: list.value < list.count - 1,
        mayShrink: list.value > 0,
      },
    ];
  });
  return { genotype, decisions, lists };
}

/** Items of a list that decide anything: they stand one after another. */
function lengthOf(decisions: Decisions, list: string): number {
  let length = 0;
  for (const key of decisions.keys()) {
    const place = placeIn(key, list);
    if (place !== undefined) length = Math.max(length, place.at + 1);
  }
  return length;
}

/** Where in a list a decision stands, and what it is called there. */
export function placeIn(
  key: string,
  list: string,
): { readonly at: number; readonly rest: string } | undefined {
  const start = list === "" ? 0 : list.length + 1;
  if (list !== "" && !key.startsWith(`${list}/`)) return undefined;
  let end = start;
  while (end < key.length && key.charCodeAt(end) >= 48 && key.charCodeAt(end) <= 57) end++;
  const closed = end === key.length || key[end] === "/" || key[end] === ":" || key[end] === "?";
  return end > start && closed ? { at: Number(key.slice(start, end)), rest: key.slice(end) } : undefined;
}

function itemKey(list: string, at: number, rest = ""): string {
  return `${list === "" ? "" : `${list}/`}${at}${rest}`;
}

/** The decisions after an edit; those of an inserted item are left open. Undefined where the edit has no place. */
export function edited({ decisions, lists }: Network, edit: Edit): Decisions | undefined {
  if (edit.kind === "scale") {
    const number = decisions.get(edit.key);
    if (number === undefined || number.count !== 0) return undefined;
    const value = number.value + (SCALES[edit.by] ?? 0);
    // A little beyond an end is the end; where it stands there already, nothing would change.
    const clipped = Math.min(1, Math.max(0, value));
    if (Math.abs(clipped - number.value) < TINY) return undefined;
    return new Map(decisions).set(edit.key, { ...number, value: clipped });
  }
  const list = lists.find(({ key }) => key === edit.list);
  const size = decisions.get(edit.list);
  if (list === undefined || size === undefined) return undefined;
  const step = edit.kind === "insert" ? 1 : -1;
  if (edit.at < 0 || edit.at > list.length - (step < 0 ? 1 : 0)) return undefined;
  if (step > 0 ? !list.mayGrow : !list.mayShrink) return undefined;
  const out = new Map<string, Decided>();
  for (const it of decisions.values()) {
    const place = placeIn(it.key, edit.list);
    if (place === undefined)
      out.set(it.key, it.key === edit.list ? { ...size, value: size.value + step } : it);
    else if (step > 0 || place.at !== edit.at) {
      const at = place.at + (step > 0 ? Number(place.at >= edit.at) : -Number(place.at > edit.at));
      const key = itemKey(edit.list, at, place.rest);
      out.set(key, { ...it, key });
    }
  }
  return out;
}

/** What decides the item that an edit inserts. */
export interface ItemPolicy {
  /** `name` is the decision's within the item. */
  choose(name: string, weights: readonly number[]): number;
  place(name: string): number;
}

/**
 * The genotype after an edit; undefined where the space has none that is just so (a rule of the space forbids it): such
 * edits are masked, not punished.
 */
export function apply(
  schema: Schema<unknown>,
  network: Network,
  edit: Edit,
  item: ItemPolicy,
  rng: Rng,
): unknown | undefined {
  const wanted = edited(network, edit);
  if (wanted === undefined) return undefined;
  const nameOf = (key: string) => {
    if (edit.kind !== "insert") return undefined;
    const place = placeIn(key, edit.list);
    return place?.at === edit.at ? place.rest : undefined;
  };
  const genotype = guidedSample(schema, rng, {
    choose(key, weights) {
      const given = wanted.get(key);
      if (given?.count === weights.length && (weights[given.value] ?? 0) > 0) return given.value;
      const name = nameOf(key);
      return name === undefined ? rng.weighted(weights) : item.choose(name, weights);
    },
    place(key) {
      const given = wanted.get(key);
      const name = nameOf(key);
      return given?.value ?? (name === undefined ? rng.float() : item.place(name));
    },
  });
  const made = new Map(decided(schema, genotype).map((it) => [it.key, it]));
  for (const it of wanted.values()) {
    const now = made.get(it.key);
    // A scaled whole number goes to the nearest of its values, which must be another one.
    const near = edit.kind === "scale" && it.key === edit.key ? undefined : it.value;
    if (now === undefined || now.count !== it.count) return undefined;
    if (near !== undefined && Math.abs(now.value - near) > TINY) return undefined;
    if (near === undefined && Math.abs(now.value - (network.decisions.get(it.key)?.value ?? 0)) < TINY)
      return undefined;
  }
  const others = [...made.keys()].filter((key) => !wanted.has(key));
  return others.every((key) => nameOf(key) !== undefined) ? genotype : undefined;
}

const TINY = 1e-6;

/** The edit that leads from one network to another; undefined where no single one does. */
export function editBetween(from: Network, to: Network): Edit | undefined {
  for (const { key: list, length } of to.lists) {
    const before = from.lists.find(({ key }) => key === list);
    if (before === undefined || Math.abs(length - before.length) !== 1) continue;
    const [longer, shorter] = length > before.length ? [to, from] : [from, to];
    for (let at = 0; at < Math.max(length, before.length); at++) {
      const without = edited(longer, { kind: "remove", list, at });
      if (without !== undefined && same(without, shorter.decisions))
        return { kind: longer === to ? "insert" : "remove", list, at };
    }
  }
  const changed = [...to.decisions.values()].filter((it) => !equal(it, from.decisions.get(it.key)));
  const [only] = changed;
  const old = only === undefined ? undefined : from.decisions.get(only.key);
  if (only === undefined || changed.length !== 1 || only.count !== 0 || old === undefined) return undefined;
  if (to.decisions.size !== from.decisions.size) return undefined;
  const by = nearestScale(only.value, old.value);
  return { kind: "scale", key: only.key, by };
}

function nearestScale(value: number, old: number): number {
  const gaps = SCALES.map((step) => Math.abs(Math.min(1, Math.max(0, old + step)) - value));
  // Of several that end at the same place the shortest step.
  const order = SCALES.map((_, i) => i).sort(
    (a, b) => (gaps[a] ?? 0) - (gaps[b] ?? 0) || Math.abs(SCALES[a] ?? 0) - Math.abs(SCALES[b] ?? 0),
  );
  return order[0] ?? 0;
}

function equal(a: Decided, b: Decided | undefined): boolean {
  return b !== undefined && a.count === b.count && Math.abs(a.value - b.value) < TINY;
}

function same(a: Decisions, b: Decisions): boolean {
  return a.size === b.size && [...a.values()].every((it) => equal(it, b.get(it.key)));
}
