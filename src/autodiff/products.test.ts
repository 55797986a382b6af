import { describe, expect, it } from "vitest";
import { rngOf } from "../base/index.js";
import { sizeOf, type Value, verifyGraph } from "../ir/index.js";
import { Builder, type RefTensor, ref } from "../ops/index.js";
import { interpret, ortNode } from "../runtime/index.js";
import { checkRuntime } from "../testing/op-runtime.js";
import {
  gradientPenalty,
  gradients,
  hessianVectorProduct,
  jacobian,
  jvp,
  perSampleGradients,
} from "./index.js";

const random = (name: string, ...dims: number[]): RefTensor => {
  const rng = rngOf(5, "products", name);
  return ref(
    "float32",
    dims,
    Float64Array.from({ length: sizeOf(dims) }, () => Math.fround(rng.normal())),
  );
};
const sum = (g: Builder, v: Value) => g.ReduceSum(v, undefined, { keepdims: 0 });
const some = <T>(item: T | undefined): T => {
  if (item === undefined) throw new Error("nothing there");
  return item;
};

/** Builds, checks, interprets, and asks ONNX Runtime; the outputs' numbers in order. */
async function run(
  feeds: Record<string, RefTensor>,
  build: (g: Builder, v: Record<string, Value>) => readonly Value[],
  shapes: Record<string, readonly (number | string)[]> = {},
): Promise<RefTensor[]> {
  const g = new Builder("products");
  const inputs = Object.fromEntries(
    Object.entries(feeds).map(([name, t]) => [name, g.input(name, t.dtype, shapes[name] ?? t.dims)]),
  );
  const outputs = build(g, inputs);
  const graph = g.finish([...new Set(outputs)]);
  expect(verifyGraph(graph)).toEqual([]);
  expect(await checkRuntime(ortNode, { graph, feeds, sample: { inputs: {} } })).toEqual([]);
  const results = interpret(graph, feeds);
  return outputs.map((v) => some(results[v.name]));
}

function close(got: RefTensor | undefined, want: ArrayLike<number>, digits = 8): void {
  expect(got?.data.length).toBe(want.length);
  got?.data.forEach((d, i) => {
    expect(d).toBeCloseTo(want[i] ?? Number.NaN, digits);
  });
}

/** tanh(x W) V, [N, 2]. */
const net = (g: Builder, x: Value, v: Record<string, Value>) =>
  g.MatMul(g.Tanh(g.MatMul(x, some(v.w))), some(v.v));
const FEEDS = { x: random("x", 4, 3), w: random("w", 3, 5), v: random("v", 5, 2) };

describe("jvp", () => {
  it("is the derivative along a direction, and a Jacobian times it", async () => {
    const feeds = { ...FEEDS, dx: random("dx", 4, 3), dw: random("dw", 3, 5) };
    const build = (g: Builder, v: Record<string, Value>) => {
      const y = net(g, some(v.x), v);
      const [tangent] = jvp(g, [y], [some(v.x), some(v.w)], [some(v.dx), some(v.dw)]);
      return [some(tangent), y];
    };
    const [tangent] = await run(feeds, build);
    const at = async (h: number) => {
      const move = (a: RefTensor, d: RefTensor) =>
        ref(
          "float32",
          a.dims,
          a.data.map((p, i) => p + h * (d.data[i] ?? 0)),
        );
      return some((await run({ ...feeds, x: move(feeds.x, feeds.dx), w: move(feeds.w, feeds.dw) }, build))[1])
        .data;
    };
    const [up, down] = [await at(1e-4), await at(-1e-4)];
    close(
      tangent,
      up.map((u, i) => (u - (down[i] ?? 0)) / 2e-4),
      6,
    );
  });

  it("is undefined where nothing depends, and refuses directions of another shape", () => {
    const g = new Builder("jvp");
    const [x, z] = [g.input("x", "float32", [2]), g.input("z", "float32", [3])];
    expect(jvp(g, [g.Exp(z)], [x], [x])).toEqual([undefined]);
    expect(() => jvp(g, [g.Exp(x)], [x], [z])).toThrow(
      /gradient_directions at vs\[0\]: expected shape \[2\] of x, received \[3\]/,
    );
    expect(() => jvp(g, [g.Exp(x)], [x], [])).toThrow(/expected 1 values, one for each x, received 0/);
  });
});

describe("hessianVectorProduct", () => {
  it("is the Hessian, which the Jacobian of the gradient is, times the direction", async () => {
    const feeds = { ...FEEDS, d: random("d", 3, 5) };
    const [product, hessian] = await run(feeds, (g, v) => {
      const loss = sum(g, g.Sin(net(g, some(v.x), v)));
      const [first] = gradients(g, loss, [some(v.w)]);
      const [whole] = jacobian(g, some(first), [some(v.w)]);
      return [some(hessianVectorProduct(g, loss, [some(v.w)], [some(v.d)])[0]), some(whole)];
    });
    expect(hessian?.dims).toEqual([3, 5, 3, 5]);
    const want = Array.from({ length: 15 }, (_, i) =>
      feeds.d.data.reduce((s, d, k) => s + d * (hessian?.data[i * 15 + k] ?? 0), 0),
    );
    close(product, want);
    // Symmetric, as a Hessian is.
    for (const [i, k] of [
      [0, 7],
      [3, 14],
      [11, 2],
    ] as const) {
      expect(hessian?.data[i * 15 + k]).toBeCloseTo(hessian?.data[k * 15 + i] ?? 0, 10);
    }
  });
});

describe("jacobian", () => {
  it.each([
    ["known", {}],
    ["unknown", { x: ["N", 3] }],
  ])("has a row for every result, of a batch of %s length", async (_, shapes) => {
    const [j, dw] = await run(
      FEEDS,
      (g, v) => {
        const y = net(g, some(v.x), v);
        const [j] = jacobian(g, y, [some(v.x)]);
        const [dw] = jacobian(g, g.ReduceSum(y, g.i64([0]), { keepdims: 0 }), [some(v.w)]);
        return [some(j), some(dw)];
      },
      shapes,
    );
    expect([j?.dims, dw?.dims]).toEqual([
      [4, 2, 4, 3],
      [2, 3, 5],
    ]);
    const y = (x: Float64Array) => {
      const g = new Builder("plain");
      const v = {
        x: g.input("x", "float32", [4, 3]),
        w: g.input("w", "float32", [3, 5]),
        v: g.input("v", "float32", [5, 2]),
      };
      const out = net(g, v.x, v);
      return some(interpret(g.finish([out]), { ...FEEDS, x: ref("float32", [4, 3], x) })[out.name]).data;
    };
    for (let k = 0; k < 12; k++) {
      const [up, down] = [1e-4, -1e-4].map((h) => y(FEEDS.x.data.map((d, i) => (i === k ? d + h : d)))) as [
        Float64Array,
        Float64Array,
      ];
      up.forEach((u, i) => {
        expect(j?.data[i * 12 + k]).toBeCloseTo((u - (down[i] ?? 0)) / 2e-4, 6);
      });
    }
  });
});

describe("perSampleGradients", () => {
  /** conv, pool, conv with stride, linear: the loss of each sample is its own. */
  const feeds = {
    x: random("images", 5, 2, 6, 6),
    t: random("targets", 5, 3),
    k: random("k", 4, 2, 3, 3),
    d: random("depthwise", 4, 1, 3, 3),
    b: random("b", 4),
    w: random("dense", 4, 3),
    c: random("c", 3),
  };
  const wrt = ["k", "d", "b", "w", "c"];
  const loss = (g: Builder, v: Record<string, Value>, x: Value, t: Value) => {
    const h = g.Relu(g.Conv(x, some(v.k), some(v.b), { pads: [1, 1, 1, 1] }));
    const p = g.MaxPool(h, { kernel_shape: [2, 2], strides: [2, 2] });
    const q = g.Sigmoid(
      g.Conv(p as Value, some(v.d), undefined, { pads: [1, 1, 1, 1], strides: [2, 2], group: 4 }),
    );
    const y = g.Gemm(g.ReduceMean(q, g.i64([2, 3]), { keepdims: 0 }), some(v.w), v.c);
    const e = g.Sub(y, t);
    return g.ReduceSum(g.Mul(e, e), undefined, { keepdims: 0 });
  };
  const each = (g: Builder, v: Record<string, Value>) =>
    perSampleGradients(
      g,
      [some(v.x), some(v.t)],
      (b, x, t) => loss(b, v, x as Value, t as Value),
      wrt.map((name) => some(v[name])),
    ).map(some);

  it.each([
    ["known", {}],
    ["unknown", { x: ["N", 2, 6, 6], t: ["N", 3] }],
  ])("are the gradients of each sample alone, of a batch of %s length", async (_, shapes) => {
    const got = await run(feeds, each, shapes);
    const g = new Builder("one");
    const v = Object.fromEntries(
      Object.entries(feeds).map(([name, t]) => [
        name,
        g.input(name, "float32", name.length === 1 && "xt".includes(name) ? [1, ...t.dims.slice(1)] : t.dims),
      ]),
    );
    const grads = gradients(
      g,
      loss(g, v, some(v.x), some(v.t)),
      wrt.map((name) => some(v[name])),
    ).map(some);
    const graph = g.finish(grads);
    for (let n = 0; n < 5; n++) {
      const cut = (t: RefTensor) => {
        const size = t.data.length / 5;
        return ref("float32", [1, ...t.dims.slice(1)], t.data.slice(n * size, (n + 1) * size));
      };
      const alone = interpret(graph, { ...feeds, x: cut(feeds.x), t: cut(feeds.t) });
      grads.forEach((grad, i) => {
        const want = some(alone[grad.name]);
        const size = want.data.length;
        expect(got[i]?.dims).toEqual([5, ...want.dims]);
        close(ref("float32", [size], got[i]?.data.slice(n * size, (n + 1) * size)), want.data);
      });
    }
  });

  it("do all samples in each operator, without a loop", () => {
    const g = new Builder("check");
    const v = Object.fromEntries(
      Object.entries(feeds).map(([name, t]) => [name, g.input(name, "float32", t.dims)]),
    );
    each(g, v);
    expect(g.built.filter((n) => ["Scan", "Loop"].includes(n.opType))).toEqual([]);
  });

  it("make the kernel of neural tangents", async () => {
    const [kernel, plain] = await run(FEEDS, (g, v) => {
      const x = some(v.x);
      const output = (b: Builder, x: Value) => sum(b, net(b, x, v));
      const [dw] = perSampleGradients(g, [x], (b, x) => output(b, x as Value), [some(v.w)]);
      const rows = g.Reshape(some(dw), g.i64([4, 15]));
      const [j] = jacobian(g, g.ReduceSum(net(g, x, v), g.i64([1]), { keepdims: 0 }), [some(v.w)]);
      const flat = g.Reshape(some(j), g.i64([4, 15]));
      const square = (m: Value) => g.MatMul(m, g.Transpose(m, { perm: [1, 0] }));
      return [square(rows), square(flat)];
    });
    close(kernel, some(plain).data);
  });
});

describe("gradientPenalty", () => {
  it("is what its formula says, and trains", async () => {
    const [penalty, slope, dw] = await run(FEEDS, (g, v) => {
      const x = some(v.x);
      const y = g.ReduceSum(net(g, x, v), g.i64([1]), { keepdims: 0 });
      const penalty = gradientPenalty(g, y, x);
      const [slope] = gradients(g, y, [x]);
      return [penalty, some(slope), some(gradients(g, penalty, [some(v.w)])[0])];
    });
    const norms = [0, 1, 2, 3].map((n) =>
      Math.hypot(...Array.from(some(slope).data.slice(3 * n, 3 * n + 3))),
    );
    expect(penalty?.data[0]).toBeCloseTo(norms.reduce((s, n) => s + (n - 1) ** 2, 0) / 4, 9);
    expect(dw?.data.some((d) => Math.abs(d) > 1e-3)).toBe(true);
  });
});

describe("meta-gradients", () => {
  const feeds = {
    x: random("mx", 6, 2),
    t: random("mt", 6, 1),
    w: random("mw", 2, 3),
    v: random("mv", 3, 1),
    rate: ref("float32", [], Float64Array.of(0.125)),
  };
  const lossOf = (g: Builder, v: Record<string, Value>, w: Value, u: Value) => {
    const e = g.Sub(g.MatMul(g.Tanh(g.MatMul(some(v.x), w)), u), some(v.t));
    return g.ReduceMean(g.Mul(e, e), undefined, { keepdims: 0 });
  };
  const step = (g: Builder, v: Record<string, Value>, weights: readonly Value[]) => {
    const [w, u] = weights as [Value, Value];
    return gradients(g, lossOf(g, v, w, u), weights).map((d, i) =>
      g.Sub(some(weights[i]), g.Mul(some(v.rate), some(d))),
    );
  };
  const unrolled = (g: Builder, v: Record<string, Value>) => {
    const [w, u] = step(g, v, step(g, v, [some(v.w), some(v.v)])) as [Value, Value];
    return lossOf(g, v, w, u);
  };
  const looped = (trips: number) => (g: Builder, v: Record<string, Value>) => {
    const body = g.subgraph(
      "sgd",
      [
        { name: "i", dtype: "int64", shape: [] },
        { name: "go", dtype: "bool", shape: [] },
        { name: "w", dtype: "float32", shape: [2, 3] },
        { name: "v", dtype: "float32", shape: [3, 1] },
      ],
      (b, _i, go, w, u) => [go as Value, ...step(b, v, [w as Value, u as Value])],
    );
    const [w, u] = g.Loop(g.i64(trips), undefined, [some(v.w), some(v.v)], { body }) as [Value, Value];
    return lossOf(g, v, w, u);
  };
  const wrt = ["w", "v", "rate", "x"];

  it.each([
    ["two steps of SGD written out", unrolled],
    ["a loop of two steps", looped(2)],
    ["a loop of five steps", looped(5)],
  ])("go through %s", async (_, build) => {
    const results = await run(feeds, (g, v) => {
      const loss = build(g, v);
      return [
        ...gradients(
          g,
          loss,
          wrt.map((name) => some(v[name])),
        ).map(some),
        loss,
      ];
    });
    const g = new Builder("plain");
    const v = Object.fromEntries(
      Object.entries(feeds).map(([name, t]) => [name, g.input(name, "float32", t.dims)]),
    );
    const loss = build(g, v);
    const graph = g.finish([loss]);
    wrt.forEach((name, i) => {
      const base = feeds[name as keyof typeof feeds];
      base.data.forEach((_, k) => {
        const at = (h: number) => {
          const data = base.data.map((d, j) => (j === k ? d + h : d));
          return (
            some(interpret(graph, { ...feeds, [name]: ref("float32", base.dims, data) })[loss.name])
              .data[0] ?? 0
          );
        };
        const h = 1e-3;
        const numeric = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
        expect(results[i]?.data[k]).toBeCloseTo(numeric, 8);
      });
    });
  });

  it("are the same looped and written out", async () => {
    const both = await run(feeds, (g, v) =>
      [unrolled, looped(2)].map((build) => some(gradients(g, build(g, v), [some(v.w)])[0])),
    );
    close(both[0], some(both[1]).data, 12);
  });
});
