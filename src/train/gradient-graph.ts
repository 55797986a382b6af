import { gradients } from "../autodiff/index.js";
import { fail } from "../base/index.js";
import { type Graph, prune, sizeOf, tensor, type Value } from "../ir/index.js";
import type { Network, Param } from "../nn/index.js";
import { Builder, inline } from "../ops/index.js";
import { lowerDepthwise, lowerPointwiseNorm, lowerTraining } from "../passes/index.js";
import { pack, unpack } from "./flat.js";
import type { ParameterBlock, ParameterSpace } from "./parameters.js";

/**
 * Loss and gradient of one mini-batch as a graph over flat vectors, ready to be inlined. Outputs in order: loss,
 * gradient, running statistics, then the other outputs of the network (metrics).
 */
export interface GradientGraph {
  readonly graph: Graph;
  /** The same inputs, and the loss alone. */
  readonly lossOnly: Graph;
  readonly inputs: {
    /** The trained blocks, one after the other. */
    readonly theta: Value;
    /** Blocks that others train, or nobody. */
    readonly frozen: readonly Value[];
    readonly states: Value;
    readonly data: readonly Value[];
    readonly key: Value;
  };
}

/**
 * Forward pass and gradients of a network in its training form, whose first output is the loss (a scalar).
 *
 * @param trained positions of the blocks that get gradients, in order
 * @param blockedChannels of the runtime that it is written for (`Runtime.blockedChannels`)
 */
export function gradientGraph(
  network: Network,
  space: ParameterSpace,
  trained: readonly number[],
  blockedChannels?: number,
): GradientGraph {
  const g = new Builder("gradient");
  const blocks = trained.map((i) => blockOf(space, i));
  const theta = g.input("theta", "float32", [blocks.reduce((sum, b) => sum + b.size, 0)]);
  const others = space.blocks.filter((_, i) => !trained.includes(i));
  const frozen = others.map((block, i) => g.input(`frozen${i}`, "float32", [block.size]));
  const states = g.input("states", "float32", [space.stateSize]);
  const data = network.inputs.map((v) => g.input(v.name, v.dtype, v.shape));
  const key = g.input("key", "uint32", []);

  const owned = blocks.flatMap((b) => b.params);
  const wrt = unpack(g, theta, owned);
  const byName = new Map<string, Value>();
  const name = (params: readonly Param[], values: readonly Value[]) => {
    params.forEach((p, i) => {
      byName.set(p.name, values[i] ?? p.value);
    });
  };
  name(owned, wrt);
  others.forEach((block, i) => {
    const flat = frozen[i];
    if (flat !== undefined) name(block.params, unpack(g, flat, block.params));
  });
  const oldStates = space.states.length === 0 ? [] : unpack(g, states, space.states);
  const stateOf = new Map(space.states.map((s, i) => [s.name, oldStates[i]] as const));

  const bindings = new Map<Value, Value>();
  network.inputs.forEach((v, i) => {
    bindings.set(v, data[i] ?? v);
  });
  for (const p of network.params) bindings.set(p.value, byName.get(p.name) ?? p.value);
  for (const s of network.states) bindings.set(s.value, stateOf.get(s.name) ?? s.value);
  if (network.randomKey !== undefined) bindings.set(network.randomKey, key);
  const outputs = inline(g, lowerDepthwise(lowerPointwiseNorm(network.graph), blockedChannels), bindings);
  const count = Object.keys(network.outputs).length;
  const [loss, ...metrics] = outputs.slice(0, count);
  if (loss === undefined) return fail("network_outputs", { expected: "at least one output" });
  const single = loss.rank === 0 ? loss : scalarLoss(g, loss);

  const found = gradients(g, single, wrt);
  if (found.every((it) => it === undefined)) {
    fail("loss_constant", {
      path: network.graph.name,
      expected: "a loss that depends on a trained parameter",
      hint: "look for stopped gradients, or choose other parameters",
    });
  }
  const grad = pack(
    g,
    owned.map(
      (p, i) => found[i] ?? g.constant(tensor("float32", p.shape, new Float32Array(sizeOf(p.shape)))),
    ),
  );
  const updated = new Map(network.updates.map(({ state }, i) => [state.name, outputs[count + i]] as const));
  const nextStates =
    space.states.length === 0
      ? states
      : pack(
          g,
          space.states.map((s, i) => updated.get(s.name) ?? oldStates[i] ?? s.value),
        );
  const raw = g.finish([single, grad, nextStates, ...metrics]);
  const graph = lowerTraining(raw, blockedChannels, g.names);
  return {
    graph,
    lossOnly: prune(graph.with({ outputs: graph.outputs.slice(0, 1) })),
    inputs: { theta, frozen, states, data, key },
  };
}

function scalarLoss(g: Builder, loss: Value): Value {
  if (loss.shape.every((d) => d === 1)) return g.Reshape(loss, g.i64([]));
  return fail("loss_shape", {
    path: loss.name,
    expected: "a scalar loss",
    received: `shape [${loss.shape.join(", ")}]`,
    hint: "take its mean over the examples",
  });
}

function blockOf(space: ParameterSpace, at: number): ParameterBlock {
  return space.blocks[at] ?? fail("internal", { expected: `a block ${at}` });
}

/** Writes graphs into builders, as often as wanted, with one copy of their initializers. */
export class Inliner {
  private readonly initializers = new Map<Value, Value>();

  write(g: Builder, graph: Graph, bindings: readonly (readonly [Value, Value])[]): Value[] {
    for (const value of graph.initializers) {
      if (this.initializers.has(value) || value.data === undefined) continue;
      this.initializers.set(value, g.root.constant(value.data, value.name));
    }
    return inline(g, graph, new Map([...this.initializers, ...bindings]));
  }
}
