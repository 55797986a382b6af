import { describe, expect, it } from "vitest";
import { isFloat, type Value, verifyGraph } from "../ir/index.js";
import { allOps, Builder, type RefTensor, ref } from "../ops/index.js";
import { interpret, ortNode } from "../runtime/index.js";
import { opCase } from "../testing/op-contract.js";
import { checkRuntime } from "../testing/op-runtime.js";
import { type Mapped, vmap } from "./index.js";

const COUNT = 3;
const RANDOM = /^(Random|Bernoulli|Multinomial|Dropout)/;

/** The feeds of several cases along a new first axis. */
function stacked(tensors: readonly RefTensor[]): RefTensor {
  const [first] = tensors;
  if (first === undefined) throw new Error("nothing to stack");
  const data = new Float64Array(first.data.length * tensors.length);
  tensors.forEach((t, i) => {
    data.set(t.data, i * first.data.length);
  });
  return ref(first.dtype, [tensors.length, ...first.dims], data);
}

describe.each(
  allOps()
    // Sequences and optional values are refused, see below.
    .filter((op) => !RANDOM.test(op.type) && op.types === undefined)
    .map((op) => [op.type, op] as const),
)("%s", (_, op) => {
  it.each([
    ["all float inputs differ", (inputs: readonly Value[]) => inputs],
    ["the first differs", (inputs: readonly Value[]) => inputs.slice(0, 1)],
    ["the last differs", (inputs: readonly Value[]) => inputs.slice(-1)],
  ])("applied to many is each applied: %s", async (_, choose) => {
    for (const sample of op.samples) {
      const cases = Array.from({ length: COUNT }, (_, seed) => opCase(op, sample, seed));
      const [first] = cases;
      if (first === undefined) continue;
      const open = first.graph.inputs.filter((v) => isFloat(v.dtype));
      const differ = new Set(choose(open));
      if (differ.size === 0) continue;
      const g = new Builder("many");
      const feeds: Record<string, RefTensor> = {};
      const inputs = new Map<Value, Mapped>();
      for (const v of first.graph.inputs) {
        const own = cases.map((it) => it.feeds[v.name] as RefTensor);
        const feed = differ.has(v) ? stacked(own) : (own[0] as RefTensor);
        const value = g.input(v.name, v.dtype, feed.dims);
        feeds[v.name] = feed;
        inputs.set(v, differ.has(v) ? { each: value } : { shared: value });
      }
      const outputs = vmap(g, first.graph, inputs);
      const graph = g.finish([...new Set(outputs)]);
      expect(verifyGraph(graph)).toEqual([]);
      const got = interpret(graph, feeds);
      const shared = Object.fromEntries([...first.graph.inputs].map((v) => [v.name, first.feeds[v.name]]));
      const wants = cases.map((it) => {
        const own = [...differ].map((v) => [v.name, it.feeds[v.name]]);
        return interpret(first.graph, { ...shared, ...Object.fromEntries(own) });
      });
      const dims = (at: number) => wants.map((w) => w[first.graph.outputs[at]?.name ?? ""]?.dims.join());
      outputs.forEach((value, i) => {
        // Results whose very shape differs have no form as one tensor.
        if (new Set(dims(i)).size > 1) return;
        const want = stacked(wants.map((w) => w[first.graph.outputs[i]?.name ?? ""] as RefTensor));
        const have = got[value.name];
        expect([sample, have?.dims]).toEqual([sample, want.dims]);
        const scale = Math.max(1, ...want.data.map(Math.abs));
        have?.data.forEach((d, k) => {
          const w = want.data[k] ?? 0;
          if (!(Object.is(d, w) || Math.abs(d - w) < 1e-9 * scale))
            expect([sample, k, d]).toEqual([sample, k, w]);
        });
      });
      const oneForm = outputs.every((_, i) => new Set(dims(i)).size <= 1);
      if (sample.noRuntime === undefined && choose(open).length === open.length && oneForm) {
        expect(await checkRuntime(ortNode, { graph, feeds, sample })).toEqual([]);
      }
    }
  });
});

it("refuses sequences that differ from one application to the next, with the way out", () => {
  const inner = new Builder("inner");
  const x = inner.input("x", "float32", [4, 2]);
  const [parts] = inner.op("SplitToSequence", [x], { axis: 0 });
  const [first] = inner.op("SequenceAt", [parts, inner.i64(0)]);
  const graph = inner.finish([first ?? x]);
  const g = new Builder("many");
  const many = g.input("many", "float32", [3, 4, 2]);
  expect(() => vmap(g, graph, new Map([[x, { each: many }]]))).toThrow(
    /vmap_value.*SplitToSequence.*Split, Concat/,
  );
});
