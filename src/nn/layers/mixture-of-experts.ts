import { dim, fail } from "../../base/index.js";
import { ONNX_DTYPE, tensor, type Value } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";
import { type ActivationName, activation } from "../activations.js";
import { type Definition, sample } from "../define.js";
import { init } from "../initializers.js";
import { fixedDim, type NetworkBuilder } from "../network.js";
import { linear } from "./linear.js";

export interface MixtureOfExpertsOptions {
  readonly experts: number;
  /** Experts that a token is sent to. Default 2. */
  readonly topK?: number;
  /** Width of an expert's inner layer. Default: four times the input. */
  readonly hidden?: number;
  /** Default "gelu". */
  readonly activation?: ActivationName;
  /**
   * "dense" computes every expert for every token and weighs the results: exact, simple, `experts/topK` times the
   * work. "dispatched" sends tokens to their experts only, in tables of a fixed capacity.
   */
  readonly routing?: "dense" | "dispatched";
  /**
   * Places in an expert's table, as a multiple of its fair share `topK·tokens/experts`. What finds no place is not
   * computed: that choice adds nothing to the token. Default 1.25. "dispatched" only.
   */
  readonly capacityFactor?: number;
  /** Whether the weights of the chosen experts are made to sum to 1. Default true. */
  readonly normalizeGates?: boolean;
}

export interface Routed {
  /** Of the shape of the input. */
  readonly y: Value;
  /** 1 where tokens are spread evenly over experts, up to `experts` where one gets all; add it, scaled, to the loss. */
  readonly balanceLoss: Value;
  /** Mean squared log-sum-exp of the router's scores (Zoph et al. 2022), which keeps them small. */
  readonly routerLoss: Value;
  /** Share of the choices that found no place. */
  readonly dropped: Value;
}

/**
 * Sparsely-gated mixture of experts over the last axis of x [..., C]: a linear router, top-k choice, experts of two
 * linear layers each (Shazeer et al. 2017; capacity and balance loss of Lepikhin et al. 2020 and Fedus et al. 2021,
 * equation 4). First choices of all tokens find their places before second ones do. Departure: no noise in the router.
 */
export function mixtureOfExperts(g: NetworkBuilder, x: Value, options: MixtureOfExpertsOptions): Routed {
  const { experts, topK = 2, normalizeGates = true } = options;
  if (!(Number.isInteger(topK) && topK >= 1 && topK <= experts)) {
    fail("moe_top_k", { path: g.path, expected: `a whole number from 1 to ${experts}`, received: `${topK}` });
  }
  const width = fixedDim(x, -1);
  const tokens = x.rank === 2 ? x : g.Reshape(x, g.i64([-1, width]));
  const scores = g.scope("router", () => linear(g, tokens, experts, { bias: false, init: init.lecunNormal }));
  const probabilities = g.Softmax(scores, { axis: -1 });
  const [best, chosen] = g.op("TopK", [probabilities, g.i64([topK])], { axis: -1 }, 2);
  if (best === undefined || chosen === undefined) return fail("output_missing", { path: "TopK" });
  const gates = normalizeGates ? g.Div(best, g.ReduceSum(best, g.i64([1]), { keepdims: 1 })) : best;
  const expert = expertsOf(g, width, options);
  const routed =
    options.routing === "dispatched"
      ? dispatched(g, tokens, gates, chosen, expert, options)
      : { y: dense(g, tokens, gates, chosen, expert, experts), dropped: g.scalar(0) };
  const logTotal = g.ReduceLogSumExp(scores, g.i64([1]), { keepdims: 0 });
  return {
    y: x.rank === 2 ? routed.y : g.Reshape(routed.y, shapeOf(g, x)),
    balanceLoss: balanceLoss(g, probabilities, chosen, experts),
    routerLoss: g.ReduceMean(g.Mul(logTotal, logTotal), undefined, { keepdims: 0 }),
    dropped: routed.dropped,
  };
}

type Expert = (x: Value) => Value;

/** All experts at once: x [experts or 1, T, C] to [experts, T, C]. */
function expertsOf(g: NetworkBuilder, width: number, options: MixtureOfExpertsOptions): Expert {
  const { experts, hidden = 4 * width, activation: name = "gelu" } = options;
  return g.scope("experts", () => {
    const weight = (label: string, from: number, to: number) =>
      g.param(label, [experts, from, to], { init: init.normal(1 / Math.sqrt(from)) });
    const bias = (label: string, size: number) =>
      g.param(label, [experts, 1, size], { init: init.zeros, decay: false });
    const [w1, b1] = [weight("inner_weight", width, hidden), bias("inner_bias", hidden)];
    const [w2, b2] = [weight("outer_weight", hidden, width), bias("outer_bias", width)];
    return (x: Value) => g.Add(g.MatMul(activation(g, g.Add(g.MatMul(x, w1), b1), name), w2), b2);
  });
}

function dense(
  g: Builder,
  tokens: Value,
  gates: Value,
  chosen: Value,
  expert: Expert,
  experts: number,
): Value {
  const all = expert(g.Unsqueeze(tokens, g.i64([0])));
  // Weight of each expert for each token: [experts, T, 1].
  const oneHot = g.Mul(oneHotOf(g, chosen, experts), g.Unsqueeze(gates, g.i64([2])));
  const weights = g.Transpose(g.ReduceSum(oneHot, g.i64([1]), { keepdims: 0 }), { perm: [1, 0] });
  return g.ReduceSum(g.Mul(all, g.Unsqueeze(weights, g.i64([2]))), g.i64([0]), { keepdims: 0 });
}

function dispatched(
  g: Builder,
  tokens: Value,
  gates: Value,
  chosen: Value,
  expert: Expert,
  options: MixtureOfExpertsOptions,
): { y: Value; dropped: Value } {
  const { experts, topK = 2, capacityFactor = 1.25 } = options;
  const width = fixedDim(tokens, 1);
  const count = lengthOf(g, tokens);
  const capacity = capacityOf(g, tokens, count, (capacityFactor * topK) / experts);
  // Choices in order of their rank, [k·T]: first choices come first.
  const order = (v: Value) => g.Reshape(g.Transpose(v, { perm: [1, 0] }), g.i64([-1]));
  const choice = order(chosen);
  const hot = g.OneHot(choice, g.i64([experts]), g.i64([0, 1]), { axis: -1 });
  const before = g.CumSum(hot, g.i64(0), { exclusive: 1 });
  const place = g.ReduceSum(g.Mul(before, hot), g.i64([1]), { keepdims: 0 });
  const fits = g.Less(place, capacity);
  const trash = g.Mul(capacity, g.i64(experts));
  const slot = g.Where(fits, g.Add(g.Mul(choice, capacity), place), trash);
  const token = g.Mod(g.Range(g.i64(0), g.Mul(count, g.i64(topK)), g.i64(1)), count);
  // Which token each place holds; an empty one holds the row of zeros behind the tokens.
  const slots = g.Add(trash, g.i64(1));
  const empty = g.Add(
    g.ConstantOfShape(g.Unsqueeze(slots, g.i64([0])), { value: tensor("int64", [1], [0]) }),
    count,
  );
  const table = g.ScatterElements(empty, slot, g.Where(fits, token, count), { axis: 0 });
  const held = g.Slice(table, g.i64([0]), g.Unsqueeze(trash, g.i64([0])), g.i64([0]));
  const zeros = g.constant(tensor("float32", [1, width], new Float32Array(width)), "no_token");
  const gathered = g.Gather(g.Concat([tokens, zeros], { axis: 0 }), held, { axis: 0 });
  const made = expert(g.Reshape(gathered, g.i64([experts, -1, width])));
  const rows = g.Concat([g.Reshape(made, g.i64([-1, width])), zeros], { axis: 0 });
  const weighted = g.Mul(g.Gather(rows, slot, { axis: 0 }), g.Unsqueeze(order(gates), g.i64([1])));
  const summed = g.ReduceSum(g.Reshape(weighted, g.i64([topK, -1, width])), g.i64([0]), { keepdims: 0 });
  const kept = g.ReduceMean(g.Cast(fits, { to: ONNX_DTYPE.float32 }), undefined, { keepdims: 0 });
  return { y: g.Reshape(summed, shapeOf(g, tokens)), dropped: g.Sub(g.scalar(1), kept) };
}

/** ceil(share · tokens), at least 1, as an int64 scalar. */
function capacityOf(g: Builder, tokens: Value, count: Value, share: number): Value {
  const known = tokens.shape[0];
  if (typeof known === "number") return g.i64(Math.max(1, Math.ceil(share * known)));
  const exact = g.Ceil(g.Mul(g.Cast(count, { to: ONNX_DTYPE.float32 }), g.scalar(share)));
  return g.Max([g.Cast(exact, { to: ONNX_DTYPE.int64 }), g.i64(1)]);
}

/** experts · Σ_e (share of choices that fell on e) · (mean probability of e). */
function balanceLoss(g: Builder, probabilities: Value, chosen: Value, experts: number): Value {
  const share = g.ReduceMean(oneHotOf(g, chosen, experts), g.i64([0, 1]), { keepdims: 0 });
  const mean = g.ReduceMean(probabilities, g.i64([0]), { keepdims: 0 });
  return g.Mul(g.ReduceSum(g.Mul(share, mean), undefined, { keepdims: 0 }), g.scalar(experts));
}

function oneHotOf(g: Builder, chosen: Value, experts: number): Value {
  const values = g.constant(tensor("float32", [2], [0, 1]));
  return g.OneHot(chosen, g.i64([experts]), values, { axis: -1 });
}

/** Length of the leading axis, as an int64 scalar. */
function lengthOf(g: Builder, x: Value): Value {
  const known = x.shape[0];
  return typeof known === "number" ? g.i64(known) : g.Squeeze(g.Shape(x, { start: 0, end: 1 }), g.i64([0]));
}

function shapeOf(g: Builder, x: Value): Value {
  return dim.isStatic(x.shape) ? g.i64(x.shape) : g.Shape(x);
}

const outputs = { balanceLoss: [], routerLoss: [], dropped: [] } as const;

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "mixtureOfExperts",
    group: "Mixture of experts",
    doc:
      "Each token is computed by the few experts that a router chooses for it. Dense (all experts, exact) or " +
      "dispatched (tables of a fixed capacity); gives the balance loss, the router loss and the dropped share too.",
    formula: "y = Σ_{e ∈ top-k} p_e(x) f_e(x); balance = E · Σ_e share_e · mean p_e",
    source: "Shazeer et al. 2017, arXiv:1701.06538; Fedus et al. 2021, arXiv:2101.03961",
    samples: [
      sample({ x: ["N", 3, 4] }, { y: ["N", 3, 4], ...outputs }, (g, { x }) => ({
        ...mixtureOfExperts(g, x, { experts: 3, topK: 2, hidden: 5 }),
      })),
      sample(
        { x: ["N", 4] },
        { y: ["N", 4], ...outputs },
        (g, { x }) => ({
          ...mixtureOfExperts(g, x, {
            experts: 4,
            topK: 2,
            hidden: 3,
            routing: "dispatched",
            capacityFactor: 1,
          }),
        }),
        { batch: 6 },
      ),
    ],
  },
];
