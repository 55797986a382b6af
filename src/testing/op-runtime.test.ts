import { describe, expect, it } from "vitest";
import type { Tensor } from "../ir/index.js";
import { opOf } from "../ops/index.js";
import { ortNode, type Runtime } from "../runtime/index.js";
import { opCase } from "./op-contract.js";
import { checkRuntime } from "./op-runtime.js";

/** ONNX Runtime with its results changed on the way out. */
function changed(change: (t: Tensor) => Tensor): Runtime {
  return {
    name: "changed",
    async load(model, options) {
      const session = await ortNode.load(model, options);
      return {
        inputNames: session.inputNames,
        outputNames: session.outputNames,
        async run(feeds, outputs) {
          const results = await session.run(feeds, outputs);
          return Object.fromEntries(Object.entries(results).map(([name, t]) => [name, change(t)]));
        },
        [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
      };
    },
  };
}

describe("the runtime contract", () => {
  const relu = opOf("Relu");
  const sample = { inputs: { x: [2, 3] } };

  it("finds nothing where the runtime agrees", async () => {
    expect(await checkRuntime(ortNode, opCase(relu, sample, 1))).toEqual([]);
  });

  it.each([
    [
      "values",
      (t: Tensor) => ({ ...t, data: Float32Array.from(t.data as Float32Array, (v) => v * 1.001) }),
      /element \d is/,
    ],
    ["NaN", (t: Tensor) => ({ ...t, data: new Float32Array(6).fill(Number.NaN) }), /element 0 is NaN/],
    ["dims", (t: Tensor) => ({ ...t, dims: [3, 2] }), /dims \[3,2\], the reference says \[2,3\]/],
    ["type", (t: Tensor) => ({ ...t, dtype: "int32" as const, data: new Int32Array(6) }), /type int32/],
  ])("finds wrong %s", async (_, change, message) => {
    const [problem] = await checkRuntime(changed(change), opCase(relu, sample, 1));
    expect(problem).toMatch(message);
  });

  it("allows what a sample's tolerance allows", async () => {
    const loose = { ...sample, tolerance: 0.01 };
    const off = changed((t) => ({ ...t, data: Float32Array.from(t.data as Float32Array, (v) => v * 1.001) }));
    expect(await checkRuntime(off, opCase(relu, loose, 1))).toEqual([]);
  });
});
