import { expect, it } from "vitest";
import { Builder } from "../ops/index.js";
import { drawGraph, drawGraphs } from "./index.js";

it("puts drawings side by side, each with ids of its own", () => {
  const g = new Builder("small");
  const graph = g.finish([g.Relu(g.input("x", "float32", [1, 4]))]);
  const both = drawGraphs([graph, graph]);
  const width = Number(/ width="([\d.]+)"/.exec(drawGraph(graph))?.[1]);
  expect(width).toBeGreaterThan(100);
  expect(Number(/ width="([\d.]+)"/.exec(both)?.[1])).toBe(2 * width + 24);
  expect(both.match(/<svg /g)).toHaveLength(3);
  expect(both.match(/<style>/g)).toHaveLength(1);
  const ids = [...both.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
});
