import { fail } from "../../base/index.js";
import { tensor, type Value } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";
import { type Definition, sample } from "../define.js";
import { init } from "../initializers.js";
import { fixedDim, type NetworkBuilder } from "../network.js";
import { type PerAxis, spread } from "./conv.js";

export interface PoolOptions {
  readonly kernel: PerAxis;
  /** Default: the kernel, so that windows do not overlap. */
  readonly stride?: PerAxis;
  readonly padding?: PerAxis;
}

function window(options: PoolOptions) {
  const pads = spread(options.padding ?? 0, 2);
  const kernel = spread(options.kernel, 2);
  return {
    kernel_shape: kernel,
    strides: spread(options.stride ?? kernel, 2),
    pads: [...pads, ...pads],
  };
}

/** Maximum of windows of x [N, C, H, W]; padding never wins. */
export function maxPool2d(g: Builder, x: Value, options: PoolOptions): Value {
  const [y] = g.op("MaxPool", [x], window(options), 1);
  return y ?? fail("output_missing", { path: "MaxPool" });
}

/** Mean of windows of x [N, C, H, W]; padding is not counted. */
export function averagePool2d(g: Builder, x: Value, options: PoolOptions): Value {
  return g.AveragePool(x, window(options));
}

/** Mean over the plane: x [N, C, H, W] to [N, C]. */
export function globalAveragePool(g: Builder, x: Value): Value {
  return g.ReduceMean(x, g.i64([2, 3]), { keepdims: 0 });
}

/** Maximum over the plane: x [N, C, H, W] to [N, C]. */
export function globalMaxPool(g: Builder, x: Value): Value {
  return g.ReduceMax(x, g.i64([2, 3]), { keepdims: 0 });
}

/**
 * Means of out×out regions of x [N, C, H, W], which may overlap by a pixel: region i of n covers ⌊iH/n⌋ to
 * ⌈(i+1)H/n⌉. Where all regions are equal this is a pooling; otherwise a product with a matrix of weights for each
 * axis, which is differentiable everywhere and as exact.
 */
export function adaptiveAveragePool2d(g: Builder, x: Value, out: PerAxis): Value {
  const [rows = 1, columns = 1] = spread(out, 2);
  const [height, width] = [fixedDim(x, 2), fixedDim(x, 3)];
  if (height % rows === 0 && width % columns === 0) {
    const kernel = [height / rows, width / columns];
    return averagePool2d(g, x, { kernel });
  }
  const byRows = g.MatMul(averagingMatrix(g, rows, height, false), x);
  return g.MatMul(byRows, averagingMatrix(g, columns, width, true));
}

/** [out, size] (or its transpose): row i holds 1/length over region i. */
function averagingMatrix(g: Builder, out: number, size: number, transposed: boolean): Value {
  const data = new Float64Array(out * size);
  for (let i = 0; i < out; i++) {
    const start = Math.floor((i * size) / out);
    const end = Math.ceil(((i + 1) * size) / out);
    for (let j = start; j < end; j++) data[transposed ? j * out + i : i * size + j] = 1 / (end - start);
  }
  return g.constant(tensor("float32", transposed ? [size, out] : [out, size], data), "averaging");
}

/**
 * Generalised mean over the plane, with a learned exponent that begins at 3 (Radenović et al. 2018): x [N, C, H, W]
 * to [N, C]. Numbers below ε count as ε.
 */
export function generalizedMeanPool(
  g: NetworkBuilder,
  x: Value,
  options: { readonly exponent?: number; readonly epsilon?: number } = {},
): Value {
  const p = g.param("exponent", [1], { init: init.constant(options.exponent ?? 3), decay: false });
  const positive = g.Max([x, g.scalar(options.epsilon ?? 1e-6)]);
  const powers = g.Exp(g.Mul(g.Log(positive), p));
  const mean = g.ReduceMean(powers, g.i64([2, 3]), { keepdims: 0 });
  return g.Exp(g.Div(g.Log(mean), p));
}

/**
 * Mean of tokens x [N, L, C] weighted by a learned score of each (softmax over L): [N, C].
 * @param mask boolean [N, L]: true where there is a token
 */
export function attentionPool(g: NetworkBuilder, x: Value, mask?: Value): Value {
  const features = fixedDim(x, -1);
  const query = g.param("query", [features, 1], { init: init.lecunNormal });
  const scores = g.MatMul(x, query);
  const shown = mask === undefined ? scores : g.Where(g.Unsqueeze(mask, g.i64([2])), scores, g.scalar(-1e9));
  return g.ReduceSum(g.Mul(g.Softmax(shown, { axis: 1 }), x), g.i64([1]), { keepdims: 0 });
}

/** Mean of tokens: x [N, L, C] to [N, C]. */
export function globalTokenMean(g: Builder, x: Value): Value {
  return g.ReduceMean(x, g.i64([1]), { keepdims: 0 });
}

/** Mean of those tokens x [N, L, C] that are there; zeros where none is. */
export function maskedMeanPool(g: Builder, x: Value, mask: Value): Value {
  const present = g.Cast(g.Unsqueeze(mask, g.i64([2])), { to: 1 });
  const axis = g.i64([1]);
  const count = g.Max([g.ReduceSum(present, axis, { keepdims: 0 }), g.scalar(1)]);
  return g.Div(g.ReduceSum(g.Mul(x, present), axis, { keepdims: 0 }), count);
}

const group = "Pooling";
const token = { shape: ["N", 3], dtype: "bool" } as const;

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "maxPool2d",
    group,
    doc: "Maximum of windows.",
    samples: [
      sample({ x: ["N", 2, 6, 6] }, ["N", 2, 3, 3], (g, { x }) => maxPool2d(g, x, { kernel: 2 })),
      sample({ x: ["N", 2, 5, 5] }, ["N", 2, 3, 3], (g, { x }) =>
        maxPool2d(g, x, { kernel: 3, stride: 2, padding: 1 }),
      ),
    ],
  },
  {
    kind: "layer",
    name: "averagePool2d",
    group,
    doc: "Mean of windows; padding is not counted.",
    samples: [
      sample({ x: ["N", 2, 5, 4] }, ["N", 2, 3, 2], (g, { x }) =>
        averagePool2d(g, x, { kernel: 3, stride: 2, padding: 1 }),
      ),
    ],
  },
  {
    kind: "layer",
    name: "globalAveragePool",
    group,
    doc: "Mean over the plane.",
    samples: [sample({ x: ["N", 3, 4, 2] }, ["N", 3], (g, { x }) => globalAveragePool(g, x))],
  },
  {
    kind: "layer",
    name: "globalMaxPool",
    group,
    doc: "Maximum over the plane.",
    samples: [sample({ x: ["N", 3, 4, 2] }, ["N", 3], (g, { x }) => globalMaxPool(g, x))],
  },
  {
    kind: "layer",
    name: "adaptiveAveragePool2d",
    group,
    doc: "Means of a given number of regions, whatever the size of the plane.",
    formula: "region i of n covers ⌊iH/n⌋ to ⌈(i+1)H/n⌉",
    samples: [
      sample({ x: ["N", 2, 6, 4] }, ["N", 2, 3, 2], (g, { x }) => adaptiveAveragePool2d(g, x, [3, 2])),
      sample({ x: ["N", 2, 5, 7] }, ["N", 2, 3, 3], (g, { x }) => adaptiveAveragePool2d(g, x, 3)),
    ],
  },
  {
    kind: "layer",
    name: "generalizedMeanPool",
    group,
    doc: "GeM: generalised mean over the plane with a learned exponent, between mean (1) and maximum (∞).",
    formula: "y = (mean max(x, ε)ᵖ)^(1/p)",
    source: "Radenović et al. 2018, arXiv:1711.02512",
    samples: [
      sample({ x: { shape: ["N", 3, 3, 2], low: 0.1, high: 2 } }, ["N", 3], (g, { x }) =>
        generalizedMeanPool(g, x),
      ),
    ],
  },
  {
    kind: "layer",
    name: "attentionPool",
    group,
    doc: "Mean of tokens weighted by a learned score of each; a mask says which tokens are there.",
    formula: "y = Σ_t softmax_t(q · x_t) x_t",
    samples: [
      sample({ x: ["N", 4, 3] }, ["N", 3], (g, { x }) => attentionPool(g, x)),
      sample({ x: ["N", 3, 2], mask: { ...token, values: [1, 1, 0, 0, 1, 1] } }, ["N", 2], (g, { x, mask }) =>
        attentionPool(g, x, mask),
      ),
    ],
  },
  {
    kind: "layer",
    name: "globalTokenMean",
    group,
    doc: "Mean of the tokens.",
    samples: [sample({ x: ["N", 3, 4] }, ["N", 4], (g, { x }) => globalTokenMean(g, x))],
  },
  {
    kind: "layer",
    name: "maskedMeanPool",
    group,
    doc: "Mean of the tokens that are there; zeros where none is.",
    samples: [
      sample({ x: ["N", 3, 2], mask: { ...token, values: [1, 1, 0, 0, 0, 0] } }, ["N", 2], (g, { x, mask }) =>
        maskedMeanPool(g, x, mask),
      ),
    ],
  },
];
