import { dim, type Issue, issue, type Shape } from "../../base/index.js";
import { ONNX_DTYPE, tensor, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import type { Builder } from "../builder.js";
import type { Arg, Sample } from "../define.js";
import { type RefTensor, ref } from "../reference.js";

/** What the two losses over classes share: scores [N, C, d…], labels [N, d…], class weights [C]. */
export const LOSS_ATTRIBUTES = { reduction: attr.string("mean"), ignore_index: attr.int() };

export interface LossAttributes {
  /** "mean" divides the sum by the sum of the weights. Default "mean". */
  readonly reduction?: "none" | "sum" | "mean";
  /** The label of elements that do not count. */
  readonly ignore_index?: number;
}

interface Read {
  readonly reduction: string;
  readonly ignore_index: number | undefined;
}

/** Shape of the loss, or what is wrong with the inputs. */
export function lossShape(
  scores: Arg,
  labels: Arg,
  weights: Arg | undefined,
  { reduction }: Read,
): Shape | Issue {
  const [n, classes, ...rest] = scores.shape;
  const wanted = [n ?? 1, ...rest];
  if (n === undefined || classes === undefined) {
    return issue("loss_rank", { expected: "scores [N, C, …]", received: dim.format(scores.shape) });
  }
  if (labels.shape.length !== wanted.length || labels.shape.some((d, i) => dim.conflict(d, wanted[i] ?? 1))) {
    return issue("loss_labels", {
      expected: `labels ${dim.format(wanted)}`,
      received: dim.format(labels.shape),
      hint: "labels are class numbers, without an axis of classes",
    });
  }
  if (weights !== undefined && (weights.shape.length !== 1 || dim.conflict(weights.shape[0] ?? 1, classes))) {
    return issue("loss_weights", { expected: `weights [${classes}]`, received: dim.format(weights.shape) });
  }
  if (!["none", "sum", "mean"].includes(reduction)) {
    return issue("loss_reduction", { expected: "none, sum or mean", received: reduction });
  }
  return reduction === "none" ? labels.shape : [];
}

/** −w_label logp_label for every element, reduced. */
export function lossRef(
  logp: RefTensor,
  labels: RefTensor,
  weights: RefTensor | undefined,
  { reduction, ignore_index }: Read,
): RefTensor {
  const classes = logp.dims[1] ?? 1;
  const inner = logp.dims.slice(2).reduce((size, d) => size * d, 1);
  let total = 0;
  const losses = labels.data.map((label, i) => {
    if (label === ignore_index) return 0;
    const weight = weights === undefined ? 1 : (weights.data[label] ?? 0);
    total += weight;
    const at = (Math.floor(i / inner) * classes + label) * inner + (i % inner);
    return -weight * (logp.data[at] ?? 0);
  });
  if (reduction === "none") return ref(logp.dtype, labels.dims, losses);
  const sum = losses.reduce((a, b) => a + b, 0);
  return ref(logp.dtype, [], Float64Array.of(reduction === "sum" ? sum : sum / total));
}

/** What the derivatives of both losses are made of. */
export interface LossTerms {
  /** [N, C, d…]: 1 at the label. */
  readonly oneHot: Value;
  /** What one element's −logp counts: weight, reduction and dy together; [N, 1, d…] or a scalar. */
  readonly factor: Value;
  /** Gradient of the class weights, from the log-probabilities and the loss. */
  readonly weightGrad: (logp: Value, loss: Value) => Value;
}

export function lossTerms(
  g: Builder,
  { scores, labels, weights, dy }: { scores: Value; labels: Value; weights: Value | undefined; dy: Value },
  { reduction, ignore_index }: Read,
): LossTerms {
  const { dtype } = scores;
  const target = labels.dtype === "int64" ? labels : g.Cast(labels, { to: ONNX_DTYPE.int64 });
  const ignored = ignore_index === undefined ? undefined : g.Equal(target, g.i64(ignore_index));
  const safe = ignored ? g.Where(ignored, g.i64(0), target) : target;
  const classes = scores.shape[1];
  const depth = typeof classes === "number" ? g.i64([classes]) : g.Shape(scores, { start: 1, end: 2 });
  const oneHot = g.OneHot(safe, depth, g.constant(tensor(dtype, [2], [0, 1])), { axis: 1 });
  const counted = (v: Value) => (ignored ? g.Where(ignored, g.scalar(0, dtype), v) : v);
  const weight =
    weights || ignored ? counted(weights ? g.Gather(weights, safe) : g.scalar(1, dtype)) : undefined;
  const total = () => {
    if (weight !== undefined) return g.ReduceSum(weight, undefined, { keepdims: 0 });
    const size = dim.size(labels.shape);
    return typeof size === "number"
      ? g.scalar(size, dtype)
      : g.Cast(g.Size(labels), { to: ONNX_DTYPE[dtype] });
  };
  const share = reduction === "mean" ? g.Div(dy, total()) : dy;
  const perClass = (v: Value) => (v.rank === 0 ? v : g.Unsqueeze(v, g.i64([1])));
  return {
    oneHot,
    factor: perClass(weight === undefined ? share : g.Mul(share, weight)),
    weightGrad(logp, loss) {
      const own = g.Neg(g.ReduceSum(g.Mul(oneHot, logp), g.i64([1]), { keepdims: 0 }));
      // The mean also divides by the weights: d(Σ w l / Σ w) / dw = (l − mean) / Σ w.
      const element = counted(g.Mul(share, reduction === "mean" ? g.Sub(own, loss) : own));
      const axes = scores.shape.map((_, i) => i).filter((i) => i !== 1);
      return g.ReduceSum(g.Mul(oneHot, perClass(element)), g.i64(axes), { keepdims: 0 });
    },
  };
}

/** Samples of a loss whose first input has the given name. */
export function lossSamples(scores: string, labels: string): readonly Sample[] {
  const classes = (dims: number[], values: number[]) => ({ dims, dtype: "int64", values }) as const;
  const flat = { [scores]: [4, 3], [labels]: classes([4], [0, 2, 1, 2]) };
  const image = { [scores]: [2, 3, 2, 2], [labels]: classes([2, 2, 2], [0, 1, 2, 1, 2, 2, 0, 1]) };
  const weights = { dims: [3], low: 0.5, high: 2 };
  const reductions = ["none", "sum", "mean"] as const;
  return [
    { inputs: flat },
    { inputs: { ...flat, [labels]: { ...classes([4], [0, 2, 1, 2]), dtype: "int32" } } },
    ...reductions.map((reduction) => ({ inputs: image, attrs: { reduction } })),
    ...reductions.map((reduction) => ({ inputs: { ...flat, weights }, attrs: { reduction } })),
    ...reductions.map((reduction) => ({ inputs: image, attrs: { reduction, ignore_index: 1 } })),
    ...reductions.map((reduction) => ({
      inputs: { ...image, weights },
      attrs: { reduction, ignore_index: 2 },
    })),
    {
      inputs: { ...flat, [labels]: classes([4], [0, -1, 1, -1]), weights },
      attrs: { ignore_index: -1 },
    },
  ];
}
