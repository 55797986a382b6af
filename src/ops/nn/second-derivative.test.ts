import { describe, expect, it } from "vitest";
import { gradients } from "../../autodiff/index.js";
import { isFloat, type Value } from "../../ir/index.js";
import { interpret } from "../../runtime/reference.js";
import { opCase } from "../../testing/op-contract.js";
import { type Builder, ref } from "../index.js";
import { TENSOR_OPERATORS } from "../tensor/index.js";
import { NN_OPERATORS } from "./index.js";

/** Σ sin(v) over all float values: a functional with curvature. */
function functional(g: Builder, values: readonly Value[]): Value {
  const terms = values.map((v) => g.ReduceSum(g.Sin(v), undefined, { keepdims: 0 }));
  return terms.reduce((a, b) => g.Add(a, b));
}

const cases = [...TENSOR_OPERATORS, ...NN_OPERATORS]
  // Left out: DequantizeLinear, whose integers make the cosine turn faster than differences can follow.
  .filter((op) => typeof op.grad === "function" && op.type !== "DequantizeLinear")
  .flatMap((op) => op.samples.map((sample, i) => [`${op.type} ${i}`, op, sample] as const));

describe("second derivatives meet differences of the first", () => {
  it.each(cases)("%s", (_, op, sample) => {
    const it = opCase(op, sample, 4);
    const g = it.builder;
    const floats = it.outputs.filter((v) => isFloat(v.dtype));
    const wanted = it.inputs.filter(
      (v) => v.data === undefined && isFloat(v.dtype) && (sample.grad?.includes(v.name) ?? true),
    );
    if (floats.length === 0 || wanted.length === 0) return;
    const first = gradients(g, functional(g, floats), wanted).filter((v) => v !== undefined);
    const loss = functional(g, first);
    const second = gradients(g, loss, wanted);
    const present = second.filter((v) => v !== undefined);
    const graph = g.finish([...new Set([loss, ...present])]);
    const results = interpret(graph, it.feeds);
    const only = graph.with({ outputs: [loss] });
    for (const [i, input] of wanted.entries()) {
      const base = it.feeds[input.name];
      const grad = second[i];
      const analytic = grad && results[grad.name]?.data;
      if (base === undefined) continue;
      const scale = Math.max(1e-2, ...(analytic ?? []).map(Math.abs));
      // A few places are enough here: all of them are checked to first order.
      for (let k = 0; k < base.data.length; k += Math.ceil(base.data.length / 3)) {
        const at = (step: number) => {
          const data = base.data.with(k, (base.data[k] ?? 0) + step);
          const moved = { ...it.feeds, [input.name]: ref(base.dtype, base.dims, data) };
          return interpret(only, moved)[loss.name]?.data[0] ?? Number.NaN;
        };
        const numeric = (8 * (at(1e-3) - at(-1e-3)) - (at(2e-3) - at(-2e-3))) / 12e-3;
        expect(Math.abs(numeric - (analytic?.[k] ?? 0)) / scale).toBeLessThan(1e-5);
      }
    }
  });
});
