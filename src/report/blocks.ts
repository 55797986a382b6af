import type { Graph, Node, Value } from "../ir/index.js";
import { fuseUnits, type Unit } from "./fuse.js";
import { shapeText } from "./node-label.js";

/** Costs of a node, a unit or a block. */
export interface NodeCost {
  readonly params: number;
  /** Multiply-accumulates of one example; undefined where nobody counted them. */
  readonly macs?: number;
}

/** A box of the drawing: one unit, or a block that opens to show the boxes inside. */
export interface Item {
  readonly title: string;
  readonly detail: string;
  readonly kind: Unit["kind"] | "block";
  readonly units: readonly Unit[];
  /** Empty for a unit. */
  readonly children: readonly Item[];
  readonly cost: NodeCost;
}

/** More boxes than this side by side in one block are gathered into parts, so that each can be taken in. */
const MOST_CHILDREN = 40;
const PART = 20;

/**
 * The boxes of a graph as a tree: units that follow each other within the same scope form a block. Only
 * consecutive ones do, so blocks never depend on each other in a circle. Linear in the number of nodes.
 */
export function blocksOf(graph: Graph, costOf: (node: Node) => NodeCost): Item[] {
  const leaves = fuseUnits(graph).map((unit) => leafOf(unit, costOf));
  return unwrap(gather(leaves, 0));
}

function leafOf(unit: Unit, costOf: (node: Node) => NodeCost): Item {
  return {
    title: unit.title,
    detail: unit.detail,
    kind: unit.kind,
    units: [unit],
    children: [],
    cost: total(unit.nodes.map(costOf)),
  };
}

export function total(costs: readonly NodeCost[]): NodeCost {
  let params = 0;
  let macs: number | undefined;
  for (const cost of costs) {
    params += cost.params;
    if (cost.macs !== undefined) macs = (macs ?? 0) + cost.macs;
  }
  return { params, macs };
}

function gather(leaves: readonly Item[], depth: number): Item[] {
  const items: Item[] = [];
  const seen = new Map<string, number>();
  for (let start = 0; start < leaves.length; ) {
    const leaf = leaves[start];
    const name = leaf?.units[0]?.scope[depth];
    let end = start + 1;
    while (name !== undefined && end < leaves.length && leaves[end]?.units[0]?.scope[depth] === name) end++;
    const run = leaves.slice(start, end);
    start = end;
    if (leaf === undefined) continue;
    if (name === undefined || run.length === 1) {
      items.push(...run);
      continue;
    }
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    items.push(blockOf(times === 1 ? name : `${name} (${times})`, gather(run, depth + 1), run));
  }
  return inParts(items);
}

/** A block; one that holds a single other block takes both names. */
function blockOf(name: string, children: readonly Item[], run: readonly Item[]): Item {
  const [only] = children;
  if (children.length === 1 && only !== undefined && only.children.length > 0) {
    return { ...only, title: `${name}/${only.title}` };
  }
  const units = run.flatMap((item) => item.units);
  return {
    title: name,
    detail: summary(units),
    kind: "block",
    units,
    children,
    cost: total(run.map((item) => item.cost)),
  };
}

function inParts(items: readonly Item[]): Item[] {
  if (items.length <= MOST_CHILDREN) return [...items];
  const size = Math.max(PART, Math.ceil(items.length / MOST_CHILDREN));
  const parts: Item[] = [];
  for (let start = 0; start < items.length; start += size) {
    const run = items.slice(start, start + size);
    parts.push(blockOf(`boxes ${start + 1} to ${start + run.length}`, inParts(run), run));
  }
  return parts;
}

/** A scope around everything says nothing. */
function unwrap(items: readonly Item[]): Item[] {
  const [only] = items;
  return items.length === 1 && only !== undefined && only.children.length > 0
    ? unwrap(only.children)
    : [...items];
}

/** `16×14×14 → 24×7×7 · 4 conv, 1 add`, as much as there is room for. */
function summary(units: readonly Unit[]): string {
  const counts = new Map<string, number>();
  for (const unit of units) {
    const name = SAID[unit.kind] ?? SAID[unit.title];
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const from = shapeText(units[0]?.inputs[0]);
  const to = shapeText(units.at(-1)?.outputs.at(-1));
  const shapes = from === "" || to === "" ? "" : from === to ? to : `${from} → ${to}`;
  let text = "";
  for (const [name, n] of counts) {
    const longer = text === "" ? `${n} ${name}` : `${text}, ${n} ${name}`;
    if (text !== "" && shapes.length + longer.length > ROOM) break;
    text = longer;
  }
  return [shapes, text === "" ? `${units.length} operators` : text].filter(Boolean).join(" · ");
}

/** Kinds and titles that a summary counts; what is left is detail. */
const SAID: Readonly<Record<string, string>> = {
  conv: "conv",
  linear: "linear",
  pool: "pool",
  Add: "add",
  Concatenate: "concat",
};
const ROOM = 32;

/** An arrow of the drawing. `from` is -1 for what enters the block; `to` is the number of boxes for what leaves. */
export interface Link {
  readonly from: number;
  readonly to: number;
  readonly value: Value;
}

/** The arrows between the boxes of one block, one for each pair of boxes. */
export function linksOf(items: readonly Item[], leaving: ReadonlySet<Value>): Link[] {
  const makers = new Map<Value, number>();
  items.forEach((item, at) => {
    for (const unit of item.units) for (const v of unit.outputs) makers.set(v, at);
  });
  const links = new Map<string, Link>();
  const add = (from: number, to: number, value: Value) => {
    const key = `${from}>${to}`;
    if (from !== to && !links.has(key)) links.set(key, { from, to, value });
  };
  items.forEach((item, at) => {
    for (const unit of item.units) for (const v of unit.inputs) add(makers.get(v) ?? -1, at, v);
  });
  for (const value of leaving) {
    const maker = makers.get(value);
    if (maker !== undefined) add(maker, items.length, value);
  }
  return [...links.values()];
}
