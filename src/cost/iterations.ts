import type { Dim } from "../base/index.js";
import { type Graph, type Node, numbersOf } from "../ir/index.js";

export interface Work {
  readonly macs: number;
  readonly flops: number;
}

const NOTHING: Work = { macs: 0, flops: 0 };

/**
 * Work of the graphs inside a node: of a `Scan` the body once for each slice, of a `Loop` once for each trip (once where
 * only the run knows how many), of an `If` the costlier branch.
 */
export function workInside(node: Node, bind: (d: Dim) => number, count: (graph: Graph) => Work): Work {
  const body = graphOf(node, "body");
  if (node.opType === "Scan" && body !== undefined) return times(count(body), slicesOf(node, bind));
  if (node.opType === "Loop" && body !== undefined) return times(count(body), tripsOf(node));
  if (node.opType === "If") {
    const branches = ["then_branch", "else_branch"].map((name) => {
      const graph = graphOf(node, name);
      return graph === undefined ? NOTHING : count(graph);
    });
    return branches.reduce((a, b) => (b.flops > a.flops ? b : a), NOTHING);
  }
  return NOTHING;
}

function graphOf(node: Node, name: string): Graph | undefined {
  const attribute = node.attributes[name];
  return attribute?.type === "graph" ? attribute.value : undefined;
}

function times(work: Work, count: number): Work {
  return { macs: count * work.macs, flops: count * work.flops };
}

function slicesOf(node: Node, bind: (d: Dim) => number): number {
  const count = node.attributes.num_scan_inputs;
  const axes = node.attributes.scan_input_axes;
  const scanned = node.inputs[node.inputs.length - (count?.type === "int" ? Number(count.value) : 1)];
  const axis = axes?.type === "ints" ? Number(axes.value[0] ?? 0) : 0;
  const length = scanned?.type?.kind === "tensor" ? scanned.type.shape?.at(axis) : undefined;
  return length === undefined ? 1 : bind(length);
}

function tripsOf(node: Node): number {
  const [trips] = node.inputs;
  const [known] = trips?.data === undefined ? [] : numbersOf(trips.data);
  // A Loop without a bound says so by the largest integer.
  return known === undefined || known >= 2 ** 31 ? 1 : Math.max(0, known);
}
