import { fail } from "../base/index.js";
import { ONNX_DTYPE, tensor, type Value } from "../ir/index.js";
import {
  layoutOf,
  type Network,
  type Optimizer,
  type OptimizerStep,
  type ParameterGroups,
  type ParameterLayout,
  rateOf,
} from "../nn/index.js";
import type { Builder } from "../ops/index.js";
import { cut, join } from "./flat.js";
import { type GradientGraph, gradientGraph, Inliner } from "./gradient-graph.js";
import { type ParameterSpace, sizeOfAll } from "./parameters.js";

/** The name of a network's output that says how much a mini-batch counts, where not by its examples. */
export const WEIGHT = "weight";

/** One phase of a training program: some parameters, their loss, their optimizer. */
export interface PhasePlan {
  /** Empty where there is one phase only. */
  readonly name: string;
  /** Training form. Outputs: the loss, then metrics (scalars, or tensors of fixed shape). */
  readonly network: Network;
  /** Stream (by name) of each of the network's inputs. */
  readonly streams: readonly string[];
  /** True where the network's inputs are called `stream.field`, false where they bear the names of fields. */
  readonly several?: boolean;
  /** Examples of a mini-batch, by stream. */
  readonly batches: Readonly<Record<string, number>>;
  /** Optimizer steps in a round. */
  readonly steps: number;
  /** Mini-batches whose gradients make one step. */
  readonly accumulate: number;
  readonly optimizer: Optimizer;
  readonly groups?: ParameterGroups;
  /** Channels in a block of the runtime's own layout for convolutions, to use its kernels (`blockLayout`). */
  readonly blockedChannels?: number;
}

/** What a step is made from, in the builder it is written into. */
export interface StepInputs {
  /** All blocks of the parameter space. */
  readonly theta: readonly Value[];
  readonly states: Value;
  readonly slots: readonly Value[];
  /** The network's inputs, of mini-batch `micro` (int64 scalar) where gradients are accumulated. */
  readonly data: (g: Builder, micro: Value | undefined) => readonly Value[];
  readonly learningRate: Value;
  readonly step: Value;
  readonly key: Value;
}

export interface StepOutputs {
  readonly theta: readonly Value[];
  readonly states: Value;
  readonly slots: readonly Value[];
  readonly loss: Value;
  /** In the order of {@link PhaseGraph.metrics}. */
  readonly metrics: readonly Value[];
}

/** A phase with its gradients: writes its steps into the training program. */
export class PhaseGraph {
  private readonly gradient: GradientGraph;
  private readonly inliner = new Inliner();
  readonly layout: ParameterLayout;
  /** Names of the network's outputs behind the loss; {@link WEIGHT} is not among them. */
  readonly metrics: readonly string[];

  constructor(
    readonly plan: PhasePlan,
    private readonly space: ParameterSpace,
    /** Positions of the blocks that the phase trains. */
    readonly trained: readonly number[],
  ) {
    this.gradient = gradientGraph(plan.network, space, trained, plan.blockedChannels);
    const params = trained.flatMap((i) => space.blocks[i]?.params ?? []);
    this.layout = layoutOf(params, sizeOfAll(space.states), plan.groups);
    this.metrics = Object.keys(plan.network.outputs)
      .slice(1)
      .filter((name) => name !== WEIGHT);
  }

  /** Shapes of the optimizer's slots. */
  get slotShapes(): readonly (readonly number[])[] {
    return this.plan.optimizer.slots.map((slot) => slot.shape(this.layout));
  }

  /** One optimizer step. */
  write(g: Builder, it: StepInputs): StepOutputs {
    const own = this.trained.map((i) => blockOf(it.theta, i));
    const theta = join(g, own);
    const first = this.evaluate(g, theta, it, "gradient");
    const { loss, grad, states, metrics } = first;
    const step: OptimizerStep = {
      theta,
      grad: grad ?? fail("internal", { expected: "a gradient" }),
      loss,
      slots: it.slots,
      learningRate: rateOf(g, this.layout, it.learningRate),
      step: it.step,
      key: it.key,
      states,
      layout: this.layout,
      evaluate: (inner, at) => {
        const again = this.evaluate(inner, at, it, "gradient");
        return { loss: again.loss, grad: again.grad ?? fail("internal", { expected: "a gradient" }) };
      },
      lossAt: (inner, at) => this.evaluate(inner, at, it, "loss").loss,
    };
    const next = this.plan.optimizer.update(g, step);
    const sizes = this.trained.map((i) => this.space.blocks[i]?.size ?? 0);
    const pieces = cut(g, next.theta, sizes);
    const all = [...it.theta];
    this.trained.forEach((at, i) => {
      all[at] = pieces[i] ?? next.theta;
    });
    return { theta: all, states, slots: next.slots, loss, metrics };
  }

  /** Loss, and where wanted its gradient, at some weights: of one mini-batch, or the mean of several. */
  private evaluate(g: Builder, theta: Value, it: StepInputs, what: "gradient" | "loss"): Evaluated {
    if (this.plan.accumulate === 1)
      return this.one(g, theta, it.states, it.data(g, undefined), it, it.key, what);
    return this.several(g, theta, it, what);
  }

  private one(
    g: Builder,
    theta: Value,
    states: Value,
    data: readonly Value[],
    it: StepInputs,
    key: Value,
    what: "gradient" | "loss",
  ): Evaluated {
    const { inputs, graph, lossOnly } = this.gradient;
    const others = it.theta.filter((_, i) => !this.trained.includes(i));
    const bindings: (readonly [Value, Value])[] = [
      [inputs.theta, theta],
      [inputs.states, states],
      [inputs.key, key],
      ...inputs.frozen.map((v, i) => [v, blockOf(others, i)] as const),
      ...inputs.data.map(
        (v, i) => [v, data[i] ?? fail("internal", { expected: "data for each input" })] as const,
      ),
    ];
    const [loss, grad, next, ...metrics] = this.inliner.write(
      g,
      what === "loss" ? lossOnly : graph,
      bindings,
    );
    if (loss === undefined) return fail("internal", { expected: "a loss" });
    const names = Object.keys(this.plan.network.outputs).slice(1);
    const at = names.indexOf(WEIGHT);
    return {
      loss,
      grad,
      states: next ?? states,
      metrics: metrics.filter((_, i) => i !== at),
      weight: metrics[at],
    };
  }

  /** A loop over mini-batches that adds up gradients, losses and metrics, each times the mini-batch's weight. */
  private several(g: Builder, theta: Value, it: StepInputs, what: "gradient" | "loss"): Evaluated {
    const { accumulate, network } = this.plan;
    const zeros = (shape: readonly number[]) =>
      g.constant(tensor("float32", shape, new Float32Array(shape.reduce((a, b) => a * b, 1))), "zeros");
    const wanted = what === "gradient";
    const metricShapes = wanted ? this.metrics.map((name) => network.outputs[name]?.dims ?? []) : [];
    const sums = [
      { name: "loss_sum", shape: [] as readonly number[] },
      { name: "weight_sum", shape: [] },
      ...(wanted ? [{ name: "grad_sum", shape: theta.dims }] : []),
      ...metricShapes.map((shape, i) => ({ name: `metric_sum${i}`, shape })),
    ];
    const body = g.subgraph(
      "micro",
      [
        { name: "micro", dtype: "int64", shape: [] },
        { name: "going", dtype: "bool", shape: [] },
        { name: "states", dtype: "float32", shape: it.states.shape },
        ...sums.map(({ name, shape }) => ({ name, dtype: "float32" as const, shape })),
      ],
      (b, micro, going, states, ...held) => {
        if (micro === undefined || going === undefined || states === undefined)
          throw new Error("unreachable: the body has three inputs and the sums");
        const key = b.Add(
          it.key,
          b.Mul(b.Cast(micro, { to: ONNX_DTYPE.uint32 }), b.scalar(0x9e3779b9, "uint32")),
        );
        const one = this.one(b, theta, states, it.data(b, micro), it, key, what);
        const { weight } = one;
        const scaled = (v: Value) => (weight === undefined ? v : b.Mul(v, weight));
        const terms = [
          scaled(one.loss),
          weight ?? b.scalar(1),
          ...(one.grad === undefined ? [] : [scaled(one.grad)]),
          ...one.metrics.map(scaled),
        ];
        return [going, one.states, ...held.map((sum, i) => b.Add(sum, terms[i] ?? sum))];
      },
    );
    const going = g.constant({ dtype: "bool", dims: [], data: Uint8Array.of(1) });
    const start = [it.states, ...sums.map(({ shape }) => zeros(shape))];
    const [states, lossSum, weightSum, ...rest] = g.op(
      "Loop",
      [g.i64(accumulate), going, ...start],
      { body },
      start.length,
    );
    if (states === undefined || lossSum === undefined || weightSum === undefined)
      return fail("internal", { expected: "the loop's outputs" });
    const share = g.Div(g.scalar(1), weightSum);
    const [grad, ...metrics] = (wanted ? rest : [undefined, ...rest]).map((v) =>
      v === undefined ? undefined : g.Mul(v, share),
    );
    return {
      loss: g.Mul(lossSum, share),
      grad,
      states,
      metrics: metrics.filter((v) => v !== undefined),
      weight: undefined,
    };
  }
}

interface Evaluated {
  readonly loss: Value;
  readonly grad: Value | undefined;
  readonly states: Value;
  readonly metrics: readonly Value[];
  readonly weight: Value | undefined;
}

function blockOf(blocks: readonly Value[], at: number): Value {
  return blocks[at] ?? fail("internal", { expected: `a block ${at}` });
}
