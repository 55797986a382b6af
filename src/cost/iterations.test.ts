import { describe, expect, it } from "vitest";
import type { Value } from "../ir/index.js";
import { Builder } from "../ops/index.js";
import { countCosts } from "./index.js";

/** h ← h·W, with W [8, 8] and h [2, 8]: 128 MACs. */
const step = (b: Builder, h: Value, w: Value) => b.MatMul(h, w);
const state = { name: "h", dtype: "float32", shape: [2, 8] } as const;

describe("graphs inside nodes", () => {
  it("count once for each slice of a Scan, symbols bound", () => {
    const g = new Builder("scan");
    const x = g.input("x", "float32", ["T", 2, 8]);
    const [h, w] = [g.input("h", "float32", [2, 8]), g.input("w", "float32", [8, 8])];
    const body = g.subgraph("body", [state, { ...state, name: "slice" }], (b, h, slice) => {
      if (h === undefined || slice === undefined) throw new Error("two inputs");
      const next = b.Add(step(b, h, w), slice);
      return [next, b.Identity(next)];
    });
    const [last] = g.op("Scan", [h, x], { body, num_scan_inputs: 1 }, 2);
    const graph = g.finish([last ?? h]);
    expect(countCosts(graph, { bindings: { T: 5 } })).toMatchObject({ macs: 5 * 128, flops: 5 * (256 + 16) });
    expect(countCosts(graph).macs).toBe(128);
  });

  it("count once for each trip of a Loop that is known, once where it is not", () => {
    const macs = (trips: (g: Builder) => Value) => {
      const g = new Builder("loop");
      const [h, w] = [g.input("h", "float32", [2, 8]), g.input("w", "float32", [8, 8])];
      const going = g.constant({ dtype: "bool", dims: [], data: Uint8Array.of(1) });
      const counters = [
        { name: "trip", dtype: "int64", shape: [] },
        { name: "going", dtype: "bool", shape: [] },
      ] as const;
      const body = g.subgraph("body", [...counters, state], (b, _, on, h) => {
        if (on === undefined || h === undefined) throw new Error("three inputs");
        return [on, step(b, h, w)];
      });
      const [last] = g.op("Loop", [trips(g), going, h], { body }, 1);
      return countCosts(g.finish([last ?? h])).macs;
    };
    expect(macs((g) => g.i64(7))).toBe(7 * 128);
    expect(macs((g) => g.i64(0))).toBe(0);
    expect(macs((g) => g.input("trips", "int64", []))).toBe(128);
  });

  it("count the costlier branch of an If", () => {
    const g = new Builder("if");
    const [h, w] = [g.input("h", "float32", [2, 8]), g.input("w", "float32", [8, 8])];
    const condition = g.input("condition", "bool", []);
    const then_branch = g.subgraph("then", [], (b) => [step(b, step(b, h, w), w)]);
    const else_branch = g.subgraph("else", [], (b) => [step(b, h, w)]);
    const [y] = g.op("If", [condition], { then_branch, else_branch }, 1);
    expect(countCosts(g.finish([y ?? h])).macs).toBe(256);
  });
});
