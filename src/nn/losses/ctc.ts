import { fail } from "../../base/index.js";
import { ONNX_DTYPE, tensor, type Value } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";
import { type Definition, sample } from "../define.js";
import { positionsOf } from "../layers/positions.js";
import { fixedDim } from "../network.js";
import { type LossOptions, reduceLoss } from "./reduce.js";

/** Logarithm of "impossible". Finite, so that differences of such numbers are numbers. */
const NEVER = -1e9;

export interface CtcOptions extends LossOptions {
  /** The class that stands for no label. Default 0. */
  readonly blank?: number;
  /** Steps of each example, int [N]. Default: all. */
  readonly inputLengths?: Value;
  /** Labels of each example, int [N]; what comes behind does not count. Default: all. */
  readonly labelLengths?: Value;
  /**
   * Whether an example whose labels do not fit into its steps counts as 0, without a gradient, rather than as about
   * 1e9. Default true.
   */
  readonly skipImpossible?: boolean;
}

/**
 * Connectionist temporal classification (Graves et al. 2006): −ln of the probability that logits [N, T, K] give the
 * labels [N, S] when repeated classes are merged and blanks are dropped. The forward recursion of section 4.1 in
 * logarithms, over the labels with blanks between and around them (2S + 1 states): a state is reached from itself, from
 * the one before, and from the one before that where it would skip a blank between two different labels. One `Scan` runs
 * over the steps, so T may be a symbol; its gradient is the backward recursion.
 */
export function ctcLoss(g: Builder, logits: Value, labels: Value, options: CtcOptions = {}): Value {
  const { blank = 0, inputLengths, labelLengths } = options;
  const [classes, count] = [fixedDim(logits, 2), fixedDim(labels, 1)];
  if (!(Number.isInteger(blank) && blank >= 0 && blank < classes)) {
    fail("ctc_blank", { expected: `a class from 0 to ${classes - 1}`, received: `${blank}` });
  }
  const states = 2 * count + 1;
  const extended = withBlanks(g, g.Cast(labels, { to: ONNX_DTYPE.int64 }), blank, count);
  // Log-probability of each state's class at each step, by a product with one-hot columns: [N, T, 2S + 1].
  const hot = g.OneHot(extended, g.i64([classes]), g.constant(tensor("float32", [2], [0, 1])), { axis: 1 });
  const emitted = g.MatMul(g.LogSoftmax(logits, { axis: -1 }), hot);
  const skip = skipBias(g, extended, blank, states);
  const lengths = inputLengths && g.Unsqueeze(g.Cast(inputLengths, { to: ONNX_DTYPE.int64 }), g.i64([1]));
  const start = beforeFirst(g, extended, states);
  const body = g.subgraph(
    "ctc",
    [
      { name: "alpha", dtype: "float32", shape: start.shape },
      { name: "emitted", dtype: "float32", shape: start.shape },
      { name: "step", dtype: "int64", shape: [] },
    ],
    (inner, alpha, now, step) => {
      if (alpha === undefined || now === undefined || step === undefined) {
        return fail("output_missing", { path: "Scan" });
      }
      const next = inner.Add(arrivals(inner, alpha, skip, states), now);
      // Behind its last step an example stays as it was.
      return [lengths === undefined ? next : inner.Where(inner.Greater(lengths, step), next, alpha)];
    },
  );
  const [alpha] = g.Scan([start, emitted, positionsOf(g, logits, 1)], {
    body,
    num_scan_inputs: 2,
    scan_input_axes: [1, 0],
  });
  if (alpha === undefined) return fail("output_missing", { path: "Scan" });
  const nll = g.Neg(
    g.ReduceLogSumExp(g.Add(alpha, lastBias(g, labelLengths, count)), g.i64([1]), { keepdims: 0 }),
  );
  if (options.skipImpossible === false) return reduceLoss(g, nll, options);
  return reduceLoss(g, g.Where(g.Less(nll, g.scalar(-NEVER / 2)), nll, g.scalar(0)), options);
}

/**
 * [N, 2S + 1]: as if the first blank had been reached before the first step. From there the recursion reaches the first
 * blank and the first label, as it must, and nothing else: the third state is a blank, which cannot be skipped to.
 */
function beforeFirst(g: Builder, extended: Value, states: number): Value {
  const row = Array.from({ length: states }, (_, s) => (s === 0 ? 0 : NEVER));
  const zeros = g.Cast(g.Mul(extended, g.i64(0)), { to: ONNX_DTYPE.float32 });
  return g.Add(zeros, g.constant(tensor("float32", [states], row)));
}

/** blank, label, blank, label, …, blank: [N, 2S + 1]. */
function withBlanks(g: Builder, labels: Value, blank: number, count: number): Value {
  const column = g.Unsqueeze(labels, g.i64([2]));
  const blanks = g.Add(g.Mul(column, g.i64(0)), g.i64(blank));
  const pairs = g.Reshape(g.Concat([blanks, column], { axis: 2 }), g.i64([0, 2 * count]));
  return g.Pad(pairs, g.i64([0, 0, 0, 1]), g.i64(blank));
}

/** 0 where a state may be reached from the one two before it, {@link NEVER} elsewhere: [N, 2S + 1]. */
function skipBias(g: Builder, extended: Value, blank: number, states: number): Value {
  if (states < 3) return g.scalar(NEVER);
  const earlier = g.Slice(extended, g.i64([0]), g.i64([states - 2]), g.i64([1]));
  const later = g.Slice(extended, g.i64([2]), g.i64([states]), g.i64([1]));
  const allowed = g.And(g.Not(g.Equal(later, earlier)), g.Not(g.Equal(later, g.i64(blank))));
  const bias = g.Where(allowed, g.scalar(0), g.scalar(NEVER));
  return g.Pad(bias, g.i64([0, 2, 0, 0]), g.scalar(NEVER));
}

/** Log of the sum of all ways into each state. */
function arrivals(g: Builder, alpha: Value, skip: Value, states: number): Value {
  const later = (by: number) =>
    g.Pad(
      g.Slice(alpha, g.i64([0]), g.i64([states - by]), g.i64([1])),
      g.i64([0, by, 0, 0]),
      g.scalar(NEVER),
    );
  const ways = [alpha, later(1), ...(states < 3 ? [] : [g.Add(later(2), skip)])];
  const axis = g.i64([0]);
  return g.ReduceLogSumExp(
    g.Concat(
      ways.map((way) => g.Unsqueeze(way, axis)),
      { axis: 0 },
    ),
    axis,
    { keepdims: 0 },
  );
}

/** 0 for the states that an example may end in: its last label and the blank behind it. */
function lastBias(g: Builder, lengths: Value | undefined, count: number): Value {
  const states = 2 * count + 1;
  if (lengths === undefined) {
    const data = Array.from({ length: states }, (_, s) => (s >= states - 2 ? 0 : NEVER));
    return g.constant(tensor("float32", [states], data));
  }
  const place = g.constant(
    tensor(
      "int64",
      [1, states],
      Array.from({ length: states }, (_, s) => s),
    ),
  );
  const end = g.Mul(g.Unsqueeze(g.Cast(lengths, { to: ONNX_DTYPE.int64 }), g.i64([1])), g.i64(2));
  const allowed = g.Or(g.Equal(place, end), g.Equal(place, g.Sub(end, g.i64(1))));
  return g.Where(allowed, g.scalar(0), g.scalar(NEVER));
}

const lengthsOf = (values: readonly number[]) => ({ shape: ["N"], dtype: "int64", values }) as const;

export const definitions: readonly Definition[] = [
  {
    kind: "loss",
    name: "ctcLoss",
    group: "Sequence losses",
    doc: "Connectionist temporal classification: labels of a sequence without their places.",
    formula: "−ln Σ over alignments π of the labels Π_t softmax(x_t)[π_t]",
    source: "Graves et al. 2006",
    samples: [
      sample(
        { x: ["N", 5, 4], t: { shape: ["N", 2], dtype: "int64", values: [1, 2, 3, 3] } },
        [],
        (g, { x, t }) => ctcLoss(g, x, t),
      ),
      sample(
        {
          x: ["N", 5, 3],
          t: { shape: ["N", 3], dtype: "int32", values: [0, 1, 0, 1, 1, 1, 0, 0, 0] },
          steps: lengthsOf([5, 3, 2]),
          labels: lengthsOf([3, 1, 0]),
        },
        ["N"],
        (g, { x, t, steps, labels }) =>
          ctcLoss(g, x, t, { blank: 2, inputLengths: steps, labelLengths: labels, reduction: "none" }),
        { batch: 3 },
      ),
    ],
  },
];
