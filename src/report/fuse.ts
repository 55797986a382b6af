import { type Graph, type Node, subgraphsOf, type Value } from "../ir/index.js";
import { activationName, type Kind, labelOf, normName, shapeText } from "./node-label.js";

/** One box of a drawing: a node, or a run of nodes that people name in one breath (conv, norm, activation). */
export interface Unit {
  readonly nodes: readonly Node[];
  readonly title: string;
  readonly detail: string;
  readonly kind: Kind;
  /** Values that are read from outside the unit; weights and constants are not among them. */
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Names of the enclosing blocks, outermost first. */
  readonly scope: readonly string[];
}

/** Nodes that pass their input on: left out of drawings, their readers read what they read. */
const TRANSPARENT = new Set(["Identity", "Dropout"]);

/**
 * The boxes of a graph, in the order of its nodes. Convolutions and matrix products swallow the bias,
 * normalisation and activation that follow them and that no one else reads (SiLU and its like included:
 * `x * sigmoid(x)`). Constants have no box.
 */
export function fuseUnits(graph: Graph): Unit[] {
  const constants = new Set<Value>(graph.initializers);
  for (const node of graph.nodes) {
    if (node.opType === "Constant") for (const v of node.outputs) if (v !== undefined) constants.add(v);
  }
  const returned = new Set<Value>(graph.outputs);
  const alias = new Map<Value, Value>();
  const through = (value: Value): Value => alias.get(value) ?? value;
  const done = new Set<Node>();
  const units: Unit[] = [];
  for (const node of graph.nodes) {
    if (done.has(node) || node.opType === "Constant") continue;
    const [from] = node.inputs;
    const [to] = node.outputs;
    if (TRANSPARENT.has(node.opType) && from !== undefined && to !== undefined && !returned.has(to)) {
      if (constants.has(from)) constants.add(to);
      else alias.set(to, through(from));
      continue;
    }
    const run = runFrom(graph, node, constants, returned);
    for (const member of run.nodes) done.add(member);
    units.push(unitOf(run, constants, through));
  }
  return units;
}

interface Run {
  readonly nodes: readonly Node[];
  /** Names of what was swallowed. */
  readonly suffixes: readonly string[];
}

function runFrom(
  graph: Graph,
  first: Node,
  constants: ReadonlySet<Value>,
  returned: ReadonlySet<Value>,
): Run {
  const nodes = [first];
  const suffixes: string[] = [];
  const { kind } = labelOf(first);
  if (kind !== "conv" && kind !== "linear" && kind !== "norm") return { nodes, suffixes };
  for (let at = first; ; ) {
    const [out] = at.outputs;
    if (out === undefined || returned.has(out) || suffixes.length >= 4) break;
    const uses = graph.uses(out);
    const [use, second] = uses;
    if (use === undefined) break;
    const gated =
      uses.length === 2 && second !== undefined ? gate(graph, use.node, second.node, out) : undefined;
    if (
      gated !== undefined &&
      !gated.nodes.some((n) => n.outputs.some((v) => v && returned.has(v) && n !== gated.last))
    ) {
      nodes.push(...gated.nodes);
      suffixes.push(gated.name);
      break;
    }
    if (uses.length !== 1 || use.index > 1 || !othersConstant(use.node, out, constants)) break;
    const activation = activationName(use.node);
    const norm = normName(use.node);
    const bias = use.node.opType === "Add" && at === first && kind === "linear";
    if (activation === undefined && norm === undefined && !bias) break;
    nodes.push(use.node);
    if (!bias) suffixes.push(activation ?? norm ?? "");
    at = use.node;
    if (activation !== undefined) break;
  }
  return { nodes, suffixes };
}

/** `x * f(x)`: an activation whose result multiplies its own input. */
function gate(
  graph: Graph,
  a: Node,
  b: Node,
  x: Value,
): { nodes: Node[]; last: Node; name: string } | undefined {
  const [inner, mul] = a.opType === "Mul" ? [b, a] : [a, b];
  const name = activationName(inner);
  const [y] = inner.outputs;
  if (mul.opType !== "Mul" || name === undefined || y === undefined || graph.uses(y).length !== 1)
    return undefined;
  if (!mul.inputs.includes(x) || !mul.inputs.includes(y)) return undefined;
  const known: Record<string, string> = { sigmoid: "SiLU", "hard sigmoid": "hard swish" };
  return { nodes: [inner, mul], last: mul, name: known[name] ?? `gated by ${name}` };
}

function othersConstant(node: Node, value: Value, constants: ReadonlySet<Value>): boolean {
  return node.inputs.every((v) => v === undefined || v === value || v.data !== undefined || constants.has(v));
}

function unitOf(run: Run, constants: ReadonlySet<Value>, through: (value: Value) => Value): Unit {
  const [first] = run.nodes;
  const made = new Set<Value>();
  for (const node of run.nodes) for (const v of node.outputs) if (v !== undefined) made.add(v);
  const inputs = new Set<Value>();
  for (const node of run.nodes) {
    for (const v of [...node.inputs, ...subgraphsOf(node).flatMap(readInside)]) {
      if (v !== undefined && !made.has(v) && v.data === undefined && !constants.has(v))
        inputs.add(through(v));
    }
  }
  const label = first === undefined ? { title: "", detail: "", kind: "other" as const } : labelOf(first);
  const inside = first === undefined ? [] : subgraphsOf(first);
  const detail =
    inside.length > 0
      ? `${inside.reduce((n, g) => n + g.nodes.length, 0)} nodes inside`
      : label.kind === "shape" && label.detail === ""
        ? shapeChange(first)
        : label.detail;
  const suffix = run.suffixes.map(shortSuffix).join(" · ");
  return {
    nodes: run.nodes,
    title: suffix === "" ? label.title : `${label.title} · ${suffix}`,
    detail,
    kind: label.kind,
    inputs: [...inputs],
    outputs: [...made],
    scope: first === undefined ? [] : scopeOf(first),
  };
}

function shortSuffix(name: string): string {
  return name === "batch norm" ? "BN" : name === "layer norm" ? "LN" : name;
}

function shapeChange(node: Node | undefined): string {
  const from = shapeText(node?.inputs[0]);
  const to = shapeText(node?.outputs[0]);
  return from === "" || to === "" || from === to ? "" : `${from} → ${to}`;
}

function readInside(graph: Graph): Value[] {
  return [
    ...graph.outputs,
    ...graph.nodes.flatMap((n) => [
      ...n.inputs.filter((v) => v !== undefined),
      ...subgraphsOf(n).flatMap(readInside),
    ]),
  ];
}

/** Block names from a node's name, or its output's: `stage1/block0/Conv_3` stands in `stage1`, `block0`. */
export function scopeOf(node: Node): string[] {
  const name = node.name.includes("/") ? node.name : (node.outputs[0]?.name ?? "");
  return name
    .split("/")
    .slice(0, -1)
    .filter((part) => part !== "")
    .slice(0, 8);
}
