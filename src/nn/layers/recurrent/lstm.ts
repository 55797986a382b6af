import type { Value } from "../../../ir/index.js";
import { init } from "../../initializers.js";
import { fixedDim, type NetworkBuilder } from "../../network.js";

export interface LstmResult {
  /** Hidden states of all steps, [steps, N, hidden]. */
  readonly outputs: readonly Value[];
  readonly hidden: Value;
  readonly cell: Value;
}

/** Long short-term memory over x [N, T, C], written out step by step. */
export function lstmUnrolled(g: NetworkBuilder, x: Value, hidden: number): LstmResult {
  const [batch = 1, steps = 1, features = 1] = [fixedDim(x, 0), fixedDim(x, 1), fixedDim(x, 2)];
  const w = g.param("input_weight", [4 * hidden, features], { init: init.fanUniform });
  const r = g.param("hidden_weight", [4 * hidden, hidden], { init: init.fanUniform });
  const b = g.param("bias", [8 * hidden], { init: init.zeros, decay: false });
  const [inputBias, hiddenBias] = g.Split(b, g.i64([4 * hidden, 4 * hidden]), { axis: 0 });
  if (inputBias === undefined || hiddenBias === undefined) throw new Error("two biases");
  const timeMajor = g.Reshape(g.Transpose(x, { perm: [1, 0, 2] }), g.i64([steps * batch, features]));
  const projected = g.Gemm(timeMajor, w, g.Add(inputBias, hiddenBias), { transB: 1 });
  const slices = g.Split(projected, g.i64(Array.from({ length: steps }, () => batch)), { axis: 0 });
  const zeros = g.constant({
    dtype: "float32",
    dims: [batch, hidden],
    data: new Float32Array(batch * hidden),
  });
  let h = zeros;
  let c = zeros;
  const outputs: Value[] = [];
  slices.forEach((z, t) => {
    const gates = t === 0 ? z : g.Gemm(h, r, z, { transB: 1 });
    const [open, candidate] = g.Split(gates, g.i64([3 * hidden, hidden]), { axis: 1 });
    if (open === undefined || candidate === undefined) throw new Error("two parts");
    const [i, o, f] = g.Split(g.Sigmoid(open), g.i64([hidden, hidden, hidden]), { axis: 1 });
    if (i === undefined || o === undefined || f === undefined) throw new Error("three gates");
    const fresh = g.Mul(i, g.Tanh(candidate));
    c = t === 0 ? fresh : g.Add(g.Mul(f, c), fresh);
    h = g.Mul(o, g.Tanh(c));
    outputs.push(h);
  });
  return { outputs, hidden: h, cell: c };
}
