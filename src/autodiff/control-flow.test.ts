import { describe, expect, it } from "vitest";
import { rngOf } from "../base/index.js";
import { sizeOf, type Value } from "../ir/index.js";
import { type Builder, type RefTensor, ref } from "../ops/index.js";
import { ortNode } from "../runtime/index.js";
import { checkFunction, type ScalarFunction } from "../testing/gradient-check.js";

const random = (name: string, ...dims: number[]): RefTensor => {
  const rng = rngOf(3, "control-flow", name);
  return ref(
    "float32",
    dims,
    Float64Array.from({ length: sizeOf(dims) }, () => Math.fround(0.5 * rng.normal())),
  );
};
const whole = (...values: number[]) => ref("int64", [], Float64Array.from(values));
const total = (g: Builder, v: Value) => g.ReduceSum(g.Mul(v, g.Cos(v)), undefined, { keepdims: 0 });
const sumOf = (g: Builder, values: readonly Value[]) =>
  values.map((v) => total(g, v)).reduce((a, b) => g.Add(a, b));
const named = <T>(list: readonly T[], at: number): T => {
  const item = list[at];
  if (item === undefined) throw new Error(`nothing at ${at}`);
  return item;
};
const floats = (name: string, shape: readonly (number | string)[]) =>
  ({ name, dtype: "float32", shape }) as const;
const LOOP = [
  { name: "i", dtype: "int64", shape: [] },
  { name: "go", dtype: "bool", shape: [] },
] as const;

/** h' = tanh(x W + h U + b), with the weights taken from around. */
function recurrent(g: Builder, x: Value, h: Value, v: Record<string, Value>, batch: number | string) {
  const [w, u, b] = ["w", "u", "b"].map((name) => v[name] as Value) as [Value, Value, Value];
  const width = named(u.dims, 0);
  const body = g.subgraph(
    "steps",
    [floats("h", [batch, width]), floats("x", [batch, named(w.dims, 0)])],
    (s, h, x) => {
      const next = s.Tanh(s.Add(s.Add(s.MatMul(x as Value, w), s.MatMul(h as Value, u)), b));
      return [next, next];
    },
  );
  return { body, ys: (attrs: object) => g.Scan([h, x], { body, num_scan_inputs: 1, ...attrs }) };
}

const CASES: Record<string, ScalarFunction> = {
  "a recurrent layer": {
    feeds: {
      x: random("x", 5, 2, 3),
      h: random("h", 2, 4),
      w: random("w", 3, 4),
      u: random("u", 4, 4),
      b: random("b", 4),
    },
    build: (g, v) => sumOf(g, recurrent(g, v.x as Value, v.h as Value, v, 2).ys({})),
  },
  "a recurrent layer of unknown batch and length": {
    feeds: {
      x: random("x", 5, 2, 3),
      h: random("h", 2, 4),
      w: random("w", 3, 4),
      u: random("u", 4, 4),
      b: random("b", 4),
    },
    shapes: { x: ["T", "N", 3], h: ["N", 4] },
    build: (g, v) => sumOf(g, recurrent(g, v.x as Value, v.h as Value, v, "N").ys({})),
  },
  "other axes and directions": {
    feeds: {
      x: random("x", 2, 3, 5),
      h: random("h", 2, 4),
      w: random("w", 3, 4),
      u: random("u", 4, 4),
      b: random("b", 4),
    },
    build: (g, v) =>
      sumOf(
        g,
        recurrent(g, v.x as Value, v.h as Value, v, 2).ys({
          scan_input_axes: [-1],
          scan_input_directions: [1],
          scan_output_axes: [1],
          scan_output_directions: [1],
        }),
      ),
  },
  "only the stacked results matter": {
    feeds: {
      x: random("x", 4, 2, 3),
      h: random("h", 2, 4),
      w: random("w", 3, 4),
      u: random("u", 4, 4),
      b: random("b", 4),
    },
    build: (g, v) => total(g, named(recurrent(g, v.x as Value, v.h as Value, v, 2).ys({}), 1)),
  },
  "a map without carried values, with two uses of a weight": {
    feeds: { x: random("x", 4, 2, 3), w: random("w", 3, 3) },
    build(g, { x, w }) {
      const body = g.subgraph("map", [floats("x", [2, 3])], (s, x) => [
        s.MatMul(s.Sigmoid(s.MatMul(x as Value, w as Value)), s.Transpose(w as Value, { perm: [1, 0] })),
      ]);
      return sumOf(g, g.Scan([x as Value], { body, num_scan_inputs: 1 }));
    },
  },
  "a gated cell by Gemm, two carried values, a step counter": {
    feeds: {
      x: random("x", 4, 2, 3),
      h: random("h", 2, 2),
      c: random("c", 2, 2),
      w: random("w", 8, 5),
      b: random("b", 8),
    },
    build(g, { x, h, c, w, b }) {
      const body = g.subgraph(
        "lstm",
        [
          floats("h", [2, 2]),
          floats("c", [2, 2]),
          { name: "n", dtype: "int64", shape: [] },
          floats("x", [2, 3]),
        ],
        (s, h, c, n, x) => {
          const z = s.Gemm(s.Concat([x as Value, h as Value], { axis: 1 }), w as Value, b, { transB: 1 });
          const [i, f, o, k] = s.op("Split", [z, s.i64([2, 2, 2, 2])], { axis: 1 }, 4) as [
            Value,
            Value,
            Value,
            Value,
          ];
          const next = s.Add(s.Mul(s.Sigmoid(f), c as Value), s.Mul(s.Sigmoid(i), s.Tanh(k)));
          const out = s.Mul(s.Sigmoid(o), s.Tanh(next));
          const count = s.Add(n as Value, s.i64(1));
          return [out, next, count, s.Mul(out, s.Cast(count, { to: 1 }))];
        },
      );
      const [last, cell, , seen] = g.Scan([h as Value, c as Value, g.i64(0), x as Value], {
        body,
        num_scan_inputs: 1,
      });
      return sumOf(g, [last as Value, cell as Value, seen as Value]);
    },
  },
  "a weight of a batched product, and a bias over it": {
    feeds: { x: random("x", 3, 2, 4, 3), h: random("h", 2, 4, 3), w: random("w", 3, 3), b: random("b", 3) },
    build(g, { x, h, w, b }) {
      const body = g.subgraph("tokens", [floats("h", [2, 4, 3]), floats("x", [2, 4, 3])], (s, h, x) => {
        const y = s.Tanh(s.Add(s.MatMul(s.Add(h as Value, x as Value), w as Value), b as Value));
        return [y];
      });
      return sumOf(g, g.Scan([h as Value, x as Value], { body, num_scan_inputs: 1 }));
    },
  },
  "a loop with a fixed number of trips that reads by index": {
    feeds: { data: random("data", 3, 2), s: random("s", 2) },
    build(g, { data, s }) {
      const body = g.subgraph("trips", [...LOOP, floats("s", [2])], (b, i, go, s) => {
        const next = b.Sin(
          b.Add(b.Mul(s as Value, s as Value), b.Gather(data as Value, i as Value, { axis: 0 })),
        );
        return [go as Value, next, b.Mul(next, next)];
      });
      return sumOf(g, g.Loop(g.i64(3), undefined, [s as Value], { body }));
    },
  },
  "a loop whose trips are an input": {
    feeds: { trips: whole(4), s: random("s", 2), w: random("w", 2, 2) },
    build(g, { trips, s, w }) {
      const body = g.subgraph("trips", [...LOOP, floats("s", [2])], (b, _i, go, s) => {
        return [go as Value, b.Tanh(b.MatMul(s as Value, w as Value))];
      });
      return sumOf(g, g.Loop(trips, undefined, [s as Value], { body }));
    },
  },
  "a loop of no trip": {
    feeds: { trips: whole(0), s: random("s", 2), w: random("w", 2, 2) },
    build(g, { trips, s, w }) {
      const body = g.subgraph("trips", [...LOOP, floats("s", [2])], (b, _i, go, s) => {
        return [go as Value, b.Tanh(b.MatMul(s as Value, w as Value))];
      });
      const [last] = g.Loop(trips, undefined, [s as Value], { body });
      return g.Add(total(g, last as Value), total(g, w as Value));
    },
  },
  "a loop that ends by its condition": {
    feeds: { s: random("s", 2), w: random("w", 2) },
    build(g, { s, w }) {
      const body = g.subgraph("until", [...LOOP, floats("s", [2]), floats("n", [])], (b, _i, _go, s, n) => {
        const next = b.Add(b.Mul(s as Value, b.Sigmoid(w as Value)), b.scalar(0.5));
        const count = b.Add(n as Value, b.scalar(1));
        return [b.Less(count, b.scalar(3.5)), next, count];
      });
      return sumOf(g, g.Loop(g.i64(100), undefined, [s as Value, g.scalar(0)], { body }));
    },
  },
  "a branch": {
    feeds: { x: random("x", 3), y: random("y", 3), flag: ref("bool", [], Float64Array.of(1)) },
    build(g, { x, y, flag }) {
      const then_branch = g.subgraph("then", [], (b) => [b.Mul(b.Sin(x as Value), y as Value)]);
      const else_branch = g.subgraph("else", [], (b) => [b.Exp(x as Value)]);
      return sumOf(g, g.If(flag as Value, { then_branch, else_branch }));
    },
  },
  "the other branch": {
    feeds: { x: random("x", 3), y: random("y", 3), flag: ref("bool", [], Float64Array.of(0)) },
    build(g, { x, y, flag }) {
      const then_branch = g.subgraph("then", [], (b) => [b.Mul(b.Sin(x as Value), y as Value)]);
      const else_branch = g.subgraph("else", [], (b) => [b.Exp(x as Value)]);
      return sumOf(g, g.If(flag as Value, { then_branch, else_branch }));
    },
  },
  "a scan within a loop, with a branch in it": {
    feeds: { x: random("x", 3, 2), s: random("s", 2), w: random("w", 2) },
    build(g, { x, s, w }) {
      const body = g.subgraph("outer", [...LOOP, floats("s", [2])], (b, i, go, s) => {
        const inner = b.subgraph("inner", [floats("h", [2]), floats("x", [2])], (c, h, x) => {
          const even = c.Equal(c.Mod(i as Value, c.i64(2)), c.i64(0));
          const then_branch = c.subgraph("even", [], (d) => [d.Mul(h as Value, w as Value)]);
          const else_branch = c.subgraph("odd", [], (d) => [d.Sin(d.Mul(h as Value, h as Value))]);
          const [chosen] = c.If(even, { then_branch, else_branch });
          const next = c.Tanh(c.Add(chosen as Value, x as Value));
          return [next, c.Mul(next, w as Value)];
        });
        const [h, ys] = b.Scan([s as Value, x as Value], { body: inner, num_scan_inputs: 1 });
        return [
          go as Value,
          b.Add(h as Value, s as Value),
          b.ReduceSum(ys as Value, b.i64([0]), { keepdims: 0 }),
        ];
      });
      return sumOf(g, g.Loop(g.i64(3), undefined, [s as Value], { body }));
    },
  },
};

describe.each(Object.entries(CASES))("%s", (_, it_) => {
  it.each(["store", "recompute"] as const)("gradients and theirs meet differences (%s)", async (memory) => {
    expect(await checkFunction(it_, { memory, runtime: ortNode })).toEqual([]);
  });
});
