import { describe, expect, it } from "vitest";
import { checkGradient, checkShapes, opCase } from "../testing/op-contract.js";
import { allOps } from "./index.js";

describe.each(allOps().map((op) => [op.type, op] as const))("%s", (_, op) => {
  it("has samples and a doc", () => {
    expect(op.samples.length).toBeGreaterThan(0);
    expect(op.doc.length).toBeGreaterThan(10);
  });

  it.each(op.samples.map((sample, i) => [i, sample] as const))(
    "sample %i: inferred shapes are the real ones",
    (_, sample) => {
      expect(checkShapes(opCase(op, sample, 1))).toEqual([]);
    },
  );

  if (typeof op.grad === "function") {
    it.each(op.samples.map((sample, i) => [i, sample] as const))(
      "sample %i: gradient meets differences",
      (_, sample) => {
        expect(checkGradient(op, sample, 2)).toEqual([]);
      },
    );
  }
});
