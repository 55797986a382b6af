import { fail, rngOf } from "../../base/index.js";
import {
  type Graph,
  type Node,
  numbersOf,
  sizeOf,
  substituteValues,
  type Tensor,
  tensor,
  Value,
} from "../../ir/index.js";
import { EMITTED_OPSET } from "../../ops/index.js";
import { inferShapes } from "../../passes/index.js";
import { type ChannelGroup, channelGroups } from "./channels.js";
import { narrowed, resizedAxis, widened } from "./tensors.js";

/**
 * A graph whose channel groups have other numbers of channels: `factor` by the name of a layer that makes them, 1 to
 * leave it. A group is asked for once, by the first of its makers that has a decision of its own.
 */
export function resizeChannels(graph: Graph, factor: (key: string) => number): Graph {
  const weights = new Map<Value, Tensor>();
  const nodes = new Map<Node, Node>();
  const shapes = new Map<Value, Value>();
  const contents = (v: Value): Tensor =>
    weights.get(v) ?? v.data ?? fail("internal", { path: v.name, expected: "a weight with contents" });
  for (const group of channelGroups(graph)) {
    const [wanted, key] = sizeOfGroup(group, factor);
    if (wanted === group.channels) continue;
    const by =
      wanted > group.channels
        ? widened(group.channels, wanted, rngOf(0, "widen", key))
        : narrowed(importance(group, contents), wanted);
    for (const { weight, axis, block, role } of distinct(group)) {
      weights.set(weight, resizedAxis(contents(weight), axis, block, by, role === "reads"));
    }
    for (const node of group.depthwise) {
      const now = nodes.get(node) ?? node;
      nodes.set(node, { ...now, attributes: { ...now.attributes, group: { type: "int", value: wanted } } });
    }
    for (const { node, place } of group.reshapes) {
      const [x, target] = node.inputs;
      if (target?.data === undefined || x === undefined) continue;
      // The batch is copied, so that one length can be left for the runtime to find.
      const list = numbersOf(target.data).map((d, i) => (i === place ? -1 : i === 0 ? 0 : d));
      const name = `${target.name}/${node.name}`;
      const value = Value.constant(name, tensor("int64", [list.length], list));
      shapes.set(value, value);
      const now = nodes.get(node) ?? node;
      nodes.set(node, { ...now, inputs: [x, value, ...node.inputs.slice(2)] });
    }
  }
  if (weights.size === 0) return graph;
  const map = new Map([...weights].map(([v, data]) => [v, Value.constant(v.name, data)] as const));
  const changed = substituteValues(
    graph.with({
      initializers: [...graph.initializers.map((v) => map.get(v) ?? v), ...shapes.keys()],
      nodes: graph.nodes.map((node) => nodes.get(node) ?? node),
    }),
    map,
  );
  return inferShapes(changed, { opset: EMITTED_OPSET }).graph;
}

function sizeOfGroup(group: ChannelGroup, factor: (key: string) => number): readonly [number, string] {
  for (const { name } of group.makers) {
    const by = factor(name);
    if (by !== 1) return [Math.max(1, Math.round(group.channels * by)), name];
  }
  return [group.channels, ""];
}

/** A bias that two layers of the group share is resized once. */
function distinct({ axes }: ChannelGroup) {
  const seen = new Set<string>();
  const names = new Map<Value, number>();
  return axes.filter(({ weight, axis, role }) => {
    if (!names.has(weight)) names.set(weight, names.size);
    const key = `${names.get(weight)}/${axis}/${role}`;
    return seen.has(key) ? false : seen.add(key);
  });
}

/** How much of the group's outgoing weights each channel has. */
function importance(group: ChannelGroup, contents: (v: Value) => Tensor): number[] {
  const sums = new Array<number>(group.channels).fill(0);
  for (const { weight, axis, block, role } of group.axes) {
    if (role !== "makes") continue;
    const t = contents(weight);
    const inner = sizeOf(t.dims.slice(axis + 1)) * block;
    numbersOf(t).forEach((x, i) => {
      const c = Math.floor(i / inner) % group.channels;
      sums[c] = (sums[c] ?? 0) + Math.abs(x);
    });
  }
  return sums;
}
