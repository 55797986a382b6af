import { type Dim, dim, fail, rngOf } from "../base/index.js";
import { type DType, type Graph, mapReads, ONNX_DTYPE, sizeOf, Value } from "../ir/index.js";
import { Builder } from "../ops/index.js";
import type { Scalar } from "../schema/index.js";
import {
  type Branch,
  type BranchTable,
  type Chosen,
  choose,
  type Extent,
  openKernel,
  openWidth,
  stack,
} from "./choose.js";
import { type Gate, givenWeights, type Mixture } from "./gates.js";
import { type Initializer, initialize } from "./initializers.js";

/** A trainable tensor of a network. */
export interface Param {
  readonly name: string;
  readonly shape: readonly number[];
  readonly init: Initializer;
  /** Whether weight decay applies: not to biases and normalisation. */
  readonly decay: boolean;
  readonly groups: number;
  /** The input of the network's graph that stands for it. */
  readonly value: Value;
}

/** What training carries along without gradients: running statistics. */
export interface State {
  readonly name: string;
  readonly shape: readonly number[];
  /** One number for all places, or the contents. */
  readonly initial: number | Float32Array;
  readonly value: Value;
}

/** A prediction that serves training alone. */
export interface Auxiliary {
  readonly value: Value;
  /** What its loss is multiplied by. */
  readonly weight: number;
}

export interface NetworkInput {
  readonly name: string;
  readonly dtype: DType;
  /** Of one example, without the batch axis. */
  readonly shape: readonly number[];
  /** Examples of this input, where they are not as many as the network's `batch`. */
  readonly batch?: Dim;
}

/**
 * Builds a network: a {@link Builder} that also declares parameters and states. The same code builds the
 * training form and the inference form; layers that differ ask {@link training}.
 */
export class NetworkBuilder extends Builder {
  readonly params: Param[] = [];
  readonly states: State[] = [];
  readonly updates = new Map<State, Value>();
  /** Open choices met so far, in order; none where the network is built from a plain genotype. */
  readonly mixtures: Mixture[] = [];
  /** How open choices are weighed. */
  gate: Gate = givenWeights;
  /** What {@link auxiliary} has met. */
  readonly auxiliaries: Auxiliary[] = [];
  private readonly late = new Set<Param | State>();
  private readonly splits = new Map<string, readonly Value[]>();
  private key: Value | undefined;
  private streams = 0;
  private sharing = false;

  constructor(
    name: string,
    readonly training: boolean,
    readonly batch: Dim,
  ) {
    super(name);
  }

  /** Declare a parameter, named below the present scope. */
  param(
    name: string,
    shape: readonly number[],
    options: { readonly init: Initializer; readonly decay?: boolean; readonly groups?: number },
  ): Value {
    const known = this.sharedItem(this.params, name, shape);
    if (known !== undefined) return known.value;
    const value = this.input(this.path + name, "float32", shape);
    this.params.push({
      name: value.name,
      shape,
      init: options.init,
      decay: options.decay ?? true,
      groups: options.groups ?? 1,
      value,
    });
    return value;
  }

  /** Declare a state; {@link update} says what it becomes after a training step. */
  state(name: string, shape: readonly number[], initial: number | Float32Array): State {
    const known = this.sharedItem(this.states, name, shape);
    if (known !== undefined) return known;
    const value = this.input(this.path + name, "float32", shape);
    const state = { name: value.name, shape, initial, value };
    this.states.push(state);
    return state;
  }

  /**
   * A {@link scope} that may be entered again: parameters and states that were declared under its names before are
   * used once more, so the same part of a network can be applied to several values.
   */
  shared<T>(name: string, body: () => T): T {
    const before = this.sharing;
    this.sharing = true;
    try {
      return this.scope(name, body);
    } finally {
      this.sharing = before;
    }
  }

  private sharedItem<T extends { readonly name: string; readonly shape: readonly number[] }>(
    items: readonly T[],
    name: string,
    shape: readonly number[],
  ): T | undefined {
    if (!this.sharing) return undefined;
    const known = items.find((it) => it.name === this.path + name);
    if (known !== undefined && known.shape.join() !== shape.join()) {
      fail("parameter_conflict", {
        path: known.name,
        expected: `the shape it was declared with, [${known.shape.join(", ")}]`,
        received: `[${shape.join(", ")}]`,
      });
    }
    return known;
  }

  update(state: State, next: Value): void {
    this.updates.set(state, next);
  }

  /**
   * Uniform random numbers in [0, 1), new ones each training step: a hash of (key of the step, number of the
   * call, position), in 32-bit integer operators. The key is an input that the training loop feeds.
   */
  random(shape: readonly number[]): Value {
    this.key ??= this.input("random_key", "uint32", []);
    return counterUniform(this, this.key, this.streams++, shape);
  }

  /**
   * A further prediction from inside the network that serves training alone (Szegedy et al. 2015, section 5): `weight`
   * times its loss is added to the loss. In the inference form nothing is built; its parameters come last, so that the
   * weights of the inference form are the beginning of those of the training form.
   */
  auxiliary(name: string, weight: number, body: () => Value): void {
    if (!this.training) return;
    const [params, states] = [this.params.length, this.states.length];
    this.auxiliaries.push({ weight, value: this.scope(name, body) });
    for (const it of [...this.params.slice(params), ...this.states.slice(states)]) this.late.add(it);
  }

  /** Items with those of auxiliary predictions last. */
  inOrder<T extends Param | State>(items: readonly T[]): readonly T[] {
    if (this.late.size === 0) return items;
    return [...items.filter((it) => !this.late.has(it)), ...items.filter((it) => this.late.has(it))];
  }

  get randomKey(): Value | undefined {
    return this.key;
  }

  /**
   * The decision `at[key]` of a genotype as a choice between branches. Given a genotype, only the chosen branch is
   * built; given a relaxed one (`relax`), all are built and mixed by the weights of the {@link gate}. `branches` is
   * a function of the chosen value, or one function an alternative. Each branch is built in a scope of its own, so
   * its parameters have the same names in both readings. A branch that gives undefined stands for zeros, and so does
   * a decision that is absent; in a relaxed genotype absence is one more alternative.
   * Errors: `choice_shapes` where branches of a mixture differ in shape.
   *
   * @example g.choose(cell, "edge01", { none: () => undefined, skip: () => x, conv: () => conv2d(g, x, 16, { kernel: 3 }) })
   */
  choose<T extends object, K extends keyof T, R extends Branch>(
    at: T,
    key: K,
    branches: ((it: NonNullable<T[K]>) => R) | BranchTable<NonNullable<T[K]>, R>,
  ): Chosen<T[K], R> {
    return choose(this, at, key, branches);
  }

  /**
   * A list of a genotype as layers in a row: `body` once an item. Given a relaxed genotype, how many of them there
   * are is an open choice between the list's lengths: the outputs after each length are mixed.
   */
  stack<T extends object, K extends keyof T>(
    at: T,
    key: K,
    x: Value,
    body: (h: Value, item: T[K] extends readonly (infer I)[] ? I : never, index: number) => Value,
  ): Value {
    return stack(this, at, key, x, body);
  }

  /**
   * A number of channels that a decision sets. Given a relaxed genotype it is the largest, with a mask that mixes
   * the leading channels of each alternative (FBNetV2: Wan et al. 2020, arXiv:2004.05565): weights are shared.
   */
  width<T extends object, K extends keyof T>(at: T, key: K, size: (it: T[K]) => number): Extent {
    return openWidth(this, at, key, size);
  }

  /** As {@link width}, for the side of a square kernel: smaller ones are the centre of the largest. */
  kernel<T extends object, K extends keyof T>(at: T, key: K, size: (it: T[K]) => number): Extent {
    return openKernel(this, at, key, size);
  }

  /** The open choice of a decision: declared at its first use, shared by all uses. */
  mixture(path: string, choices: readonly Scalar[]): Mixture {
    const known = this.mixtures.find((it) => it.path === path);
    if (known !== undefined) return known;
    const alpha = this.input(`alpha/${path}`, "float32", [choices.length]);
    const made = { path, choices, alpha, weights: this.gate.weights(this, alpha) };
    this.mixtures.push(made);
    return made;
  }

  /** Weights of an open choice one by one, each of shape [1]. */
  mixtureWeights(path: string, choices: readonly Scalar[]): readonly Value[] {
    const { weights } = this.mixture(path, choices);
    let parts = this.splits.get(path);
    if (parts === undefined) {
      const ones = this.i64(choices.map(() => 1));
      parts =
        choices.length === 1 ? [weights] : this.op("Split", [weights, ones], { axis: 0 }, choices.length);
      this.splits.set(path, parts);
    }
    return parts;
  }
}

/**
 * Counter-based uniform numbers as operators: two rounds of a 32-bit finaliser (xor-shift-multiply, constants
 * of Wellons' "lowbias32") over position and key, 24 bits of the result.
 */
export function counterUniform(g: Builder, key: Value, stream: number, shape: readonly number[]): Value {
  const size = sizeOf(shape);
  const u32 = (value: number) => g.scalar(value >>> 0, "uint32");
  const positions = g.constant(
    {
      dtype: "uint32",
      dims: [size],
      data: Uint32Array.from({ length: size }, (_, i) => Math.imul(i, 0x9e3779b9) >>> 0),
    },
    "positions",
  );
  const mix = (x: Value): Value => {
    const fold = (v: Value, bits: number) =>
      g.BitwiseXor(v, g.BitShift(v, u32(bits), { direction: "RIGHT" }));
    let h = g.Mul(fold(x, 16), u32(0x7feb352d));
    h = g.Mul(fold(h, 15), u32(0x846ca68b));
    return fold(h, 16);
  };
  const streamKey = mix(g.Add(key, u32(Math.imul(stream + 1, 0x85ebca6b))));
  const hashed = mix(g.Add(mix(g.Add(positions, streamKey)), key));
  const unit = g.Mul(
    g.Cast(g.BitShift(hashed, u32(8), { direction: "RIGHT" }), { to: ONNX_DTYPE.float32 }),
    g.scalar(2 ** -24),
  );
  return g.Reshape(unit, g.i64(shape));
}

/** A network as a graph: inputs are the data, then the random key where one is used, parameters, states. */
export interface Network {
  readonly graph: Graph;
  readonly inputs: readonly Value[];
  readonly params: readonly Param[];
  readonly states: readonly State[];
  /** New values of the states; training form only. */
  readonly updates: readonly { readonly state: State; readonly next: Value }[];
  readonly randomKey: Value | undefined;
  /** Architecture parameters of a supernet, which are inputs of the graph as well; none in a plain network. */
  readonly mixtures: readonly Mixture[];
  /** Weights of the outputs `auxiliary1`, `auxiliary2`, … in the loss; training form only, see `NetworkBuilder.auxiliary`. */
  readonly auxiliaries?: readonly number[];
  /** By name; the first is the prediction that losses are computed on. */
  readonly outputs: Readonly<Record<string, Value>>;
}

export type NetworkBody = (g: NetworkBuilder, inputs: readonly Value[]) => Readonly<Record<string, Value>>;

/** Build a network from its code. `batch` may be a symbol ("N") in the inference form. */
export function buildNetwork(
  name: string,
  inputs: readonly NetworkInput[],
  body: NetworkBody,
  options: { readonly training: boolean; readonly batch: Dim },
): Network {
  const g = new NetworkBuilder(name, options.training, options.batch);
  const values = inputs.map((it) => g.input(it.name, it.dtype, [it.batch ?? options.batch, ...it.shape]));
  const made = body(g, values);
  const further = g.auxiliaries.map(({ value }, i) => [`auxiliary${i + 1}`, value] as const);
  const outputs = { ...made, ...Object.fromEntries(further) };
  const states = g.inOrder(g.states);
  const updates = states.flatMap((state) => {
    const next = g.updates.get(state);
    return next === undefined ? [] : [{ state, next }];
  });
  const graph = g.finish([...Object.values(outputs), ...updates.map((u) => u.next)]);
  return {
    graph,
    inputs: values,
    params: g.inOrder(g.params),
    states,
    updates: options.training ? updates : [],
    randomKey: g.randomKey,
    mixtures: g.mixtures,
    auxiliaries: g.auxiliaries.map(({ weight }) => weight),
    outputs,
  };
}

/** Trainable numbers of a network. */
export function countParams(network: Pick<Network, "params">): number {
  return network.params.reduce((sum, p) => sum + sizeOf(p.shape), 0);
}

/** Parameters and states of a network as two flat vectors, in the order of declaration. */
export interface Weights {
  readonly params: Float32Array;
  readonly states: Float32Array;
}

/** Weights before training: each parameter drawn from a stream of its own name. */
export function initialWeights(network: Pick<Network, "params" | "states">, seed: number): Weights {
  const params = new Float32Array(countParams(network));
  let at = 0;
  for (const p of network.params) {
    params.set(initialize(p.init, p.shape, rngOf(seed, "init", p.name), p.groups), at);
    at += sizeOf(p.shape);
  }
  const states = new Float32Array(network.states.reduce((sum, s) => sum + sizeOf(s.shape), 0));
  at = 0;
  for (const s of network.states) {
    if (typeof s.initial === "number") states.fill(s.initial, at, at + sizeOf(s.shape));
    else states.set(s.initial, at);
    at += sizeOf(s.shape);
  }
  return { params, states };
}

/** The inference graph with its weights inside: parameters and states become initializers. */
export function bakeWeights(network: Network, weights: Weights): Graph {
  const baked = new Map<Value, Value>();
  const place = (items: readonly (Param | State)[], flat: Float32Array) => {
    let at = 0;
    for (const it of items) {
      const size = sizeOf(it.shape);
      const data = flat.slice(at, at + size);
      if (data.length !== size) {
        fail("weights_size", { path: it.name, expected: `${size} numbers`, received: `${data.length}` });
      }
      baked.set(it.value, Value.constant(it.name, { dtype: "float32", dims: it.shape, data }));
      at += size;
    }
  };
  place(network.params, weights.params);
  place(network.states, weights.states);
  const swap = (v: Value): Value => baked.get(v) ?? v;
  const { graph } = network;
  return graph.with({
    inputs: graph.inputs.filter((v) => !baked.has(v)),
    initializers: [...graph.initializers, ...baked.values()],
    nodes: graph.nodes.map((node) => mapReads(node, swap)),
    outputs: Object.values(network.outputs).map(swap),
  });
}

/** Size of an axis that must be a number when the network is built. */
export function fixedDim(value: Value, axis: number): number {
  const d = value.shape.at(axis);
  return typeof d === "number"
    ? d
    : fail("shape_symbolic", {
        path: value.name,
        expected: `a fixed axis ${axis}`,
        received: dim.format(value.shape),
      });
}
