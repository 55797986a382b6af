import { describe, expect, it } from "vitest";
import { ortNode } from "../runtime/index.js";
import {
  checkGradient,
  checkSecondDerivative,
  checkShapes,
  checkSymbolicBatch,
  gradientCase,
  opCase,
} from "../testing/op-contract.js";
import { checkRuntime } from "../testing/op-runtime.js";
import { allOps, type OpDefinition, type Sample } from "./index.js";

/** One line a case: what it is, and where it is skipped the reason why, which the run then prints. */
function each(
  op: OpDefinition,
  what: string,
  check: (sample: Sample) => string[] | Promise<string[]>,
  skipped: (sample: Sample) => string | undefined = () => undefined,
): void {
  op.samples.forEach((sample, i) => {
    const reason = skipped(sample);
    if (reason === undefined) {
      it(`sample ${i}: ${what}`, async () => {
        expect(await check(sample)).toEqual([]);
      });
    } else {
      console.warn(`skipped: ${op.type} sample ${i}, ${what}: ${reason}`);
      it.skip(`sample ${i}: ${what} (${reason})`, () => {});
    }
  });
}

describe.each(allOps().map((op) => [op.type, op] as const))("%s", (_, op) => {
  it("has samples and a doc", () => {
    expect(op.samples.length).toBeGreaterThan(0);
    expect(op.doc.length).toBeGreaterThan(10);
  });

  each(op, "inferred shapes are the real ones", (sample) => checkShapes(opCase(op, sample, 1)));

  each(op, "a batch of unknown length gives the same shapes", (sample) =>
    checkSymbolicBatch(opCase(op, sample, 1)),
  );

  each(
    op,
    "ONNX Runtime agrees with the reference",
    (sample) => checkRuntime(ortNode, opCase(op, sample, 1)),
    (sample) => sample.noRuntime,
  );

  if (typeof op.grad !== "function") return;

  each(op, "gradient meets differences", (sample) => checkGradient(op, sample, 2));

  each(
    op,
    "second derivative meets differences",
    (sample) => checkSecondDerivative(op, sample, 3),
    (sample) => sample.noSecondDerivative,
  );

  each(
    op,
    "ONNX Runtime agrees on the gradient",
    async (sample) => {
      const it = gradientCase(op, sample, 2);
      return it === undefined ? [] : await checkRuntime(ortNode, it);
    },
    (sample) => sample.noRuntime ?? sample.noRuntimeGradient,
  );
});
