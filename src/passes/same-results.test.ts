import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Graph, prune, verifyGraph } from "../ir/index.js";
import { asTensor, opOf, type RefTensor, readAttributes, refOf, tensorOf } from "../ops/index.js";
import { interpret } from "../runtime/index.js";
import { randomGraph } from "../testing/random-graph.js";
import {
  decomposeBatchNorm,
  eliminateIdentity,
  foldBatchNorm,
  foldConstants,
  lowerDepthwise,
  mergeCommonSubexpressions,
  rewrite,
} from "./index.js";

function fold(graph: Graph): Graph {
  return foldConstants(graph, (opType, inputs, attributes, outputCount) => {
    const definition = opOf(opType);
    const context = { outputCount, run: () => [] };
    return definition
      .evaluate(
        inputs.map((t) => t && refOf(t)),
        readAttributes(definition.attributes, attributes),
        context,
      )
      .map((t) => t && tensorOf(asTensor(t)));
  });
}

function results(graph: Graph, feeds: Readonly<Record<string, RefTensor>>) {
  const out = interpret(graph, feeds);
  return graph.outputs.map((v) => out[v.name]);
}

/** The largest difference of two lists of results, relative to the larger of 1 and the value. */
function worst(a: readonly (RefTensor | undefined)[], b: readonly (RefTensor | undefined)[]): number {
  let error = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
  a.forEach((x, i) => {
    const y = b[i];
    if (x === undefined || y === undefined || x.dims.join() !== y.dims.join())
      error = Number.POSITIVE_INFINITY;
    else {
      x.data.forEach((v, k) => {
        error = Math.max(error, Math.abs(v - (y.data[k] ?? Number.NaN)) / Math.max(1, Math.abs(v)));
      });
    }
  });
  return error;
}

const PASSES: Readonly<Record<string, { pass: (graph: Graph) => Graph; tolerance: number }>> = {
  mergeCommonSubexpressions: { pass: mergeCommonSubexpressions, tolerance: 0 },
  eliminateIdentity: { pass: eliminateIdentity, tolerance: 0 },
  prune: { pass: prune, tolerance: 0 },
  "rewrite that keeps everything": { pass: (graph) => rewrite(graph, () => undefined), tolerance: 0 },
  // Folded constants are rounded to float32.
  foldConstants: { pass: fold, tolerance: 1e-5 },
  "all one after the other": {
    pass: (graph) =>
      prune(
        mergeCommonSubexpressions(
          fold(foldBatchNorm(decomposeBatchNorm(lowerDepthwise(eliminateIdentity(graph))))),
        ),
      ),
    tolerance: 1e-5,
  },
};

describe.each(Object.entries(PASSES))("%s", (_, { pass, tolerance }) => {
  it("leaves results, outputs' types and legality as they were", () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (seed) => {
        const { graph, feeds } = randomGraph(seed);
        const after = pass(graph);
        expect(verifyGraph(after)).toEqual([]);
        expect(after.inputs).toEqual(graph.inputs);
        expect(after.outputs.map((v) => v.type)).toEqual(graph.outputs.map((v) => v.type));
        expect(worst(results(graph, feeds), results(after, feeds))).toBeLessThanOrEqual(tolerance);
      }),
      { numRuns: 150, seed: 1 },
    );
  });

  it("finds nothing more to do in its own result", () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (seed) => {
        const once = prune(pass(randomGraph(seed).graph));
        expect(prune(pass(once)).nodes.length).toBe(once.nodes.length);
      }),
      { numRuns: 60, seed: 2 },
    );
  });
});
