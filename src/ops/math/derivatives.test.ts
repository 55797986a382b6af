import { describe, expect, it } from "vitest";
import { gradients } from "../../autodiff/index.js";
import { isFloat, type Value } from "../../ir/index.js";
import { interpret } from "../../runtime/reference.js";
import { type OpCase, opCase } from "../../testing/op-contract.js";
import { type Builder, opOf, type RefTensor, ref, type Sample } from "../index.js";

/** Σ sin(v) over all float values: a functional with curvature. */
function functional(g: Builder, values: readonly Value[]): Value {
  const terms = values.map((v) => g.ReduceSum(g.Sin(v), undefined, { keepdims: 0 }));
  return terms.reduce((a, b) => g.Add(a, b));
}

function evaluate(it: OpCase, outputs: readonly Value[], feeds = it.feeds): RefTensor[] {
  const results = interpret(it.graph.with({ outputs: [...new Set(outputs)] }), feeds);
  return outputs.map((v) => results[v.name] ?? ref("float32", []));
}

// Operators whose rules reuse outputs, choose branches or call other rules: what a second derivative can trip over.
const CURVED = [
  "Sigmoid Tanh Exp Sqrt Reciprocal Erf Elu Selu Celu Gelu Mish Softplus Softsign HardSwish Div Pow Mul Max Where",
  "ReduceL2 ReduceLogSum ReduceLogSumExp ReduceProd ReduceMean ReduceMax CumSum TopK Gemm MatMul Einsum Det",
  "Softmax LogSoftmax SoftmaxCrossEntropyLoss NegativeLogLikelihoodLoss",
]
  .join(" ")
  .split(" ");

/**
 * Left out: axes that only the run decides (nobody can tell then which axes of a reduced value to sum over), and
 * products of zeros, whose rule is exact to first order.
 */
function curved(type: string, { inputs: { axes, data } }: Sample): boolean {
  const fed = (input: typeof axes) => input !== undefined && "feed" in input && input.feed === true;
  return !fed(axes) && !(type === "ReduceProd" && fed(data));
}

describe.each(CURVED)("second derivative of %s", (type) => {
  const op = opOf(type);
  const cases = op.samples
    .map((sample, i) => [i, sample] as const)
    .filter(([, sample]) => curved(type, sample));
  it.each(cases)("meets differences of the first (sample %i)", (_, sample) => {
    const it = opCase(op, sample, 3);
    const g = it.builder;
    const floats = it.outputs.filter((v) => isFloat(v.dtype));
    const wanted = it.inputs.filter((v) => v.data === undefined && isFloat(v.dtype));
    if (floats.length === 0 || wanted.length === 0) return;
    const first = gradients(g, functional(g, floats), wanted).filter((v) => v !== undefined);
    const loss = functional(g, first);
    const second = gradients(g, loss, wanted);
    const whole = { ...it, graph: g.finish([loss]) };
    for (const [i, input] of wanted.entries()) {
      const grad = second[i];
      const analytic = grad && evaluate(whole, [grad])[0];
      const base = it.feeds[input.name];
      if (base === undefined) continue;
      const scale = Math.max(1e-2, ...(analytic?.data ?? []).map(Math.abs));
      for (let k = 0; k < Math.min(base.data.length, 4); k++) {
        const at = (step: number) => {
          const data = base.data.slice();
          data[k] = (data[k] ?? 0) + step;
          const moved = { ...it.feeds, [input.name]: ref(base.dtype, base.dims, data) };
          return evaluate(whole, [loss], moved)[0]?.data[0] ?? Number.NaN;
        };
        const numeric = (8 * (at(1e-3) - at(-1e-3)) - (at(2e-3) - at(-2e-3))) / 12e-3;
        expect(Math.abs(numeric - (analytic?.data[k] ?? 0)) / scale).toBeLessThan(1e-5);
      }
    }
  });
});
