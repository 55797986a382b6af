import { describe, expect, it } from "vitest";
import { type RuntimeCase, runtimeCases } from "../testing/runtime-contract.js";
import { loadOnDevice, type NativeSession } from "./device.js";
import { ortNode, referenceRuntime } from "./index.js";
import { toNative } from "./native.js";
import { Queue } from "./queue.js";
import type { Runtime } from "./runtime.js";

/** The CPU as if it were a device: what is done for WebGPU, with a provider that is everywhere. */
const stepped: Runtime = {
  name: "stepped",
  async load(model) {
    const { default: ort } = await import("onnxruntime-node");
    return loadOnDevice(
      {
        open: async (bytes) => {
          const options = { executionProviders: ["cpu"], intraOpNumThreads: 1, logSeverityLevel: 4 } as const;
          return (await ort.InferenceSession.create(bytes, options)) as unknown as NativeSession;
        },
        toNative: (name, t) => toNative(ort.Tensor as Parameters<typeof toNative>[0], name, t),
      },
      model,
    );
  },
};

describe.each([ortNode, stepped, referenceRuntime])("$name", (runtime) => {
  // The stepped one shows the package's own errors, which adapters translate.
  const skipped = (it: RuntimeCase) => runtime === stepped && /failed|failing|no model/.test(it.name);
  it.each(runtimeCases.filter((it) => !skipped(it)))("$name", async ({ run }) => {
    expect(await run(runtime)).toEqual([]);
  });
});

describe("a queue", () => {
  it("runs one after another, and outlives failure", async () => {
    const queue = new Queue();
    const seen: string[] = [];
    const task =
      (name: string, ms: number, fails = false) =>
      async () => {
        seen.push(`${name} begins`);
        await new Promise((resolve) => setTimeout(resolve, ms));
        seen.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      };
    const all = [queue.run(task("a", 10)), queue.run(task("b", 5, true)), queue.run(task("c", 0))];
    const done = await Promise.allSettled(all);
    expect(done.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(seen).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  });
});
