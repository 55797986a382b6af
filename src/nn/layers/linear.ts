import { dim } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { type Definition, sample } from "../define.js";
import { type Initializer, init } from "../initializers.js";
import { fixedDim, type NetworkBuilder } from "../network.js";

export interface LinearOptions {
  readonly bias?: boolean;
  /** Of the weights [out, features]. Default: He-normal by inputs. */
  readonly init?: Initializer;
}

/** y = x Wᵀ + b over the last axis of x [..., C]. */
export function linear(g: NetworkBuilder, x: Value, out: number, options: LinearOptions = {}): Value {
  const features = fixedDim(x, -1);
  const w = g.param("weight", [out, features], { init: options.init ?? init.heNormalIn });
  const b = options.bias === false ? undefined : g.param("bias", [out], { init: init.zeros, decay: false });
  if (x.rank === 2) return g.Gemm(x, w, b, { transB: 1 });
  // While training all rows go into one product with the bias inside; exported, MatMul and Add say it more plainly.
  if (g.training && dim.isStatic(x.shape)) {
    const rows = g.Gemm(g.Reshape(x, g.i64([-1, features])), w, b, { transB: 1 });
    return g.Reshape(rows, g.i64([...x.dims.slice(0, -1), out]));
  }
  const y = g.MatMul(x, g.Transpose(w, { perm: [1, 0] }));
  return b === undefined ? y : g.Add(y, b);
}

/** Bilinear form of two vectors: y[o] = aᵀ W[o] b + bias[o], of a [N, A] and b [N, B]. */
export function bilinear(
  g: NetworkBuilder,
  a: Value,
  b: Value,
  out: number,
  options: LinearOptions = {},
): Value {
  const [left, right] = [fixedDim(a, -1), fixedDim(b, -1)];
  const w = g.param("weight", [out, left, right], { init: options.init ?? init.fanUniform });
  const y = g.Einsum([a, w, b], { equation: "ni,oij,nj->no" });
  return options.bias === false ? y : g.Add(y, g.param("bias", [out], { init: init.zeros, decay: false }));
}

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "linear",
    group: "Linear",
    doc: "Linear layer over the last axis.",
    formula: "y = x Wᵀ + b",
    samples: [
      sample({ x: ["N", 5] }, ["N", 3], (g, { x }) => linear(g, x, 3)),
      sample({ x: ["N", 4, 5] }, ["N", 4, 3], (g, { x }) => linear(g, x, 3, { bias: false })),
    ],
  },
  {
    kind: "layer",
    name: "bilinear",
    group: "Linear",
    doc: "Bilinear form of two vectors.",
    formula: "y[o] = aᵀ W[o] b + bias[o]",
    samples: [sample({ a: ["N", 3], b: ["N", 4] }, ["N", 2], (g, { a, b }) => bilinear(g, a, b, 2))],
  },
];
