import { expect, it } from "vitest";
import { verifyGraph } from "../../ir/index.js";
import { interpret } from "../../runtime/reference.js";
import { Builder, ref } from "../index.js";

it("runs a loop that uses values of the graph around it and stacks what it sees", () => {
  const g = new Builder("powers");
  const x = g.input("x", "float32", [2]);
  const trips = g.input("trips", "int64", []);
  const body = g.subgraph(
    "body",
    [
      { name: "i", dtype: "int64", shape: [] },
      { name: "go", dtype: "bool", shape: [] },
      { name: "power", dtype: "float32", shape: [2] },
    ],
    (b, _i, go, power) => {
      if (go === undefined || power === undefined) throw new Error("inputs of the body");
      const next = b.Mul(power, x);
      return [go, next, next];
    },
  );
  const [last, all] = g.Loop(trips, undefined, [g.Identity(x)], { body });
  if (last === undefined || all === undefined) throw new Error("outputs of the loop");
  expect(last.shape).toEqual([2]);
  expect(all.rank).toBe(2);
  const graph = g.finish([last, all]);
  expect(verifyGraph(graph)).toEqual([]);
  const run = (n: number) =>
    interpret(graph, {
      x: ref("float32", [2], Float64Array.of(2, 3)),
      trips: ref("int64", [], Float64Array.of(n)),
    });
  const three = run(3);
  expect(Array.from(three[last.name]?.data ?? [])).toEqual([16, 81]);
  expect(three[all.name]?.dims).toEqual([3, 2]);
  expect(Array.from(three[all.name]?.data ?? [])).toEqual([4, 9, 8, 27, 16, 81]);
  expect(run(0)[all.name]?.dims).toEqual([0, 2]);
});

it("stops a loop by its condition", () => {
  const g = new Builder("until");
  const x = g.input("x", "float32", []);
  const body = g.subgraph(
    "body",
    [
      { name: "i", dtype: "int64", shape: [] },
      { name: "go", dtype: "bool", shape: [] },
      { name: "v", dtype: "float32", shape: [] },
    ],
    (b, _i, _go, v) => {
      if (v === undefined) throw new Error("inputs of the body");
      const next = b.Mul(v, b.scalar(2));
      return [b.Less(next, b.scalar(100)), next];
    },
  );
  const [y] = g.Loop(g.i64(1000), undefined, [x], { body });
  if (y === undefined) throw new Error("outputs of the loop");
  const results = interpret(g.finish([y]), { x: ref("float32", [], Float64Array.of(3)) });
  expect(Array.from(results[y.name]?.data ?? [])).toEqual([192]);
});

it("takes a branch, with the shapes that both agree on", () => {
  const g = new Builder("either");
  const x = g.input("x", "float32", ["N", 4]);
  const condition = g.input("c", "bool", []);
  const then_branch = g.subgraph("then", [], (b) => [b.Neg(x)]);
  const else_branch = g.subgraph("else", [], (b) => [b.Slice(x, b.i64([0]), b.i64([2]), b.i64([1]))]);
  const [y] = g.If(condition, { then_branch, else_branch });
  if (y === undefined) throw new Error("outputs of If");
  expect(y.shape[0]).toBe("N");
  expect(typeof y.shape[1]).toBe("string");
  const feeds = { x: ref("float32", [1, 4], Float64Array.of(1, 2, 3, 4)) };
  const run = (c: number) =>
    interpret(g.finish([y]), { ...feeds, c: ref("bool", [], Float64Array.of(c)) })[y.name];
  expect(run(1)?.dims).toEqual([1, 4]);
  expect(Array.from(run(0)?.data ?? [])).toEqual([1, 2]);
});
