import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Value } from "../../ir/index.js";
import { Builder, ref } from "../../ops/index.js";
import { interpret } from "../../runtime/index.js";
import { type Problem, stepGraph, trajectory } from "../../testing/optimizer-steps.js";
import {
  adam,
  adamW,
  clipByNorm,
  clipNorm,
  combineGroups,
  counterNormal,
  gradientNoise,
  groupsByName,
  lamb,
  layerWiseDecay,
  layoutOf,
  lbfgs,
  OPTIMIZERS,
  optimizerByName,
  optimizerFromText,
  sgd,
  wrapByName,
} from "./index.js";

const one = (n: number) => new Array<number>(n).fill(1);
const flat = (shape: readonly number[]) => [{ name: "w", shape, decay: true }];

describe("L-BFGS", () => {
  /** (1 − x)² + 100 (y − x²)² */
  const rosenbrock: Problem = {
    params: flat([2]),
    start: [-1.2, 1],
    loss(g, theta) {
      const [x, y] = [0, 1].map((i) => g.Gather(theta, g.i64(i), { axis: 0 })) as [Value, Value];
      const [a, b] = [g.Sub(g.scalar(1), x), g.Sub(y, g.Mul(x, x))];
      return g.Add(g.Mul(a, a), g.Mul(g.Mul(b, b), g.scalar(100)));
    },
  };

  it.each(["reference", "onnxruntime"] as const)(
    "finds the minimum of Rosenbrock's valley (%s)",
    async (runtime) => {
      const { theta } = await trajectory(lbfgs(), rosenbrock, one(45), runtime);
      const [x = 0, y = 0] = theta.at(-1) ?? [];
      expect(Math.hypot(x - 1, y - 1)).toBeLessThan(1e-3);
      const values = theta.map(([a = 0, b = 0]) => (1 - a) ** 2 + 100 * (b - a * a) ** 2);
      values.slice(1).forEach((value, i) => {
        expect(value).toBeLessThanOrEqual((values[i] ?? 0) + 1e-9);
      });
    },
  );

  /** ½ Σ aᵢ θᵢ² − Σ θᵢ: curvatures from 1 to 100. */
  const scales = [1, 5, 20, 100];
  const quadratic: Problem = {
    params: flat([4]),
    start: [1, 1, 1, 1],
    loss(g, theta) {
      const a = g.constant({ dtype: "float32", dims: [4], data: Float32Array.from(scales) });
      const square = g.Mul(g.Mul(g.Mul(theta, theta), a), g.scalar(0.5));
      return g.ReduceSum(g.Sub(square, theta), undefined, { keepdims: 0 });
    },
  };

  it("takes the steps of its formula, done by hand", async () => {
    const { theta } = await trajectory(lbfgs({ history: 3 }), quadratic, one(8), "reference");
    const loss = (x: readonly number[]) =>
      x.reduce((sum, v, i) => sum + 0.5 * (scales[i] ?? 0) * v * v - v, 0);
    const grad = (x: readonly number[]) => x.map((v, i) => (scales[i] ?? 0) * v - 1);
    const dot = (a: readonly number[], b: readonly number[]) =>
      a.reduce((sum, v, i) => sum + v * (b[i] ?? 0), 0);
    let x: readonly number[] = [1, 1, 1, 1];
    let pairs: { s: number[]; y: number[] }[] = [];
    for (let k = 0; k < 8; k++) {
      const d = grad(x);
      let q = [...d];
      const alphas: number[] = [];
      for (const { s, y } of [...pairs].reverse()) {
        const alpha = dot(s, q) / dot(s, y);
        alphas.unshift(alpha);
        q = q.map((v, i) => v - alpha * (y[i] ?? 0));
      }
      const newest = pairs.at(-1);
      if (newest !== undefined) q = q.map((v) => (v * dot(newest.s, newest.y)) / dot(newest.y, newest.y));
      pairs.forEach(({ s, y }, p) => {
        const beta = dot(y, q) / dot(s, y);
        q = q.map((v, i) => v + ((alphas[p] ?? 0) - beta) * (s[i] ?? 0));
      });
      let t = k === 0 ? Math.min(1, 1 / d.reduce((sum, v) => sum + Math.abs(v), 0)) : 1;
      const at = (step: number) => x.map((v, i) => v - step * (q[i] ?? 0));
      while (loss(at(t)) > loss(x) - 1e-4 * t * dot(d, q)) t /= 2;
      const next = at(t);
      pairs = [
        ...pairs,
        { s: next.map((v, i) => v - (x[i] ?? 0)), y: grad(next).map((v, i) => v - (d[i] ?? 0)) },
      ].slice(-3);
      x = next;
      theta[k]?.forEach((value, i) => {
        expect(Math.abs(value - (x[i] ?? 0))).toBeLessThan(1e-5);
      });
    }
  });

  it("stays where it is if no step lowers the loss", async () => {
    const { theta } = await trajectory(
      lbfgs(),
      { ...quadratic, start: [1, 0.2, 0.05, 0.01] },
      one(3),
      "onnxruntime",
    );
    for (const at of theta)
      [1, 0.2, 0.05, 0.01].forEach((value, i) => {
        expect(at[i]).toBeCloseTo(value, 6);
      });
  });
});

describe("gradient noise", () => {
  const SIZE = 20_001;
  const still: Problem = {
    params: flat([SIZE]),
    start: new Array<number>(SIZE).fill(0),
    loss: (g, theta) => g.Mul(g.ReduceSum(theta, undefined, { keepdims: 0 }), g.scalar(0)),
  };

  it.each([0, 9, 999])("has the variance of its formula at t = %d", async (t) => {
    // With a rate of 1 and no gradient the step is the noise.
    const { graph } = stepGraph(gradientNoise(sgd({ momentum: 0 }), { eta: 0.3 }), still);
    const floats = (values: ArrayLike<number>, dims = [values.length]) =>
      ref("float32", dims, Float64Array.from(Array.from(values)));
    const run = (key: number) =>
      Array.from(
        interpret(graph, {
          theta: floats(still.start),
          rate: floats([1], []),
          step: floats([t + 1], []),
          key: ref("uint32", [], Float64Array.of(key)),
          states: floats([0]),
        })[graph.outputs[0]?.name ?? ""]?.data ?? [],
      );
    const noise = run(5);
    const mean = noise.reduce((sum, v) => sum + v / SIZE, 0);
    const variance = noise.reduce((sum, v) => sum + (v - mean) ** 2 / (SIZE - 1), 0);
    const expected = 0.3 / (1 + t) ** 0.55;
    // Of n normal numbers the sample variance has the standard error σ²·√(2/n).
    expect(Math.abs(variance - expected)).toBeLessThan(3.5 * expected * Math.sqrt(2 / SIZE));
    expect(Math.abs(mean)).toBeLessThan(3.5 * Math.sqrt(expected / SIZE));
    expect(run(5)).toEqual(noise);
    expect(run(6)).not.toEqual(noise);
  });

  it("of variance 0 changes nothing, not even the graph", () => {
    const base = adam();
    expect(gradientNoise(base, { eta: 0 })).toBe(base);
  });

  it("comes after a clipping around it", async () => {
    const steep: Problem = {
      ...still,
      loss: (g, theta) => g.Mul(g.ReduceSum(theta, undefined, { keepdims: 0 }), g.scalar(1e6)),
    };
    const optimizer = clipNorm(gradientNoise(sgd({ momentum: 0 }), { eta: 1 }), { norm: 1e-3 });
    const { theta } = await trajectory(optimizer, steep, [1], "onnxruntime");
    const spread = Math.sqrt((theta[0] ?? []).reduce((sum, v) => sum + v * v, 0) / SIZE);
    expect(Math.abs(spread - 1)).toBeLessThan(0.05);
  });

  it("draws an odd number of them too", () => {
    const g = new Builder("normal");
    const out = counterNormal(g, g.input("key", "uint32", []), 3, 5);
    const { [out.name]: values } = interpret(g.finish([out]), { key: ref("uint32", [], Float64Array.of(9)) });
    expect(values?.dims).toEqual([5]);
    expect(Array.from(values?.data ?? []).every(Number.isFinite)).toBe(true);
  });
});

describe("groups of parameters", () => {
  const params = ["stem/w", "block1/w", "block2/w", "head/w"].map((name) => ({
    name,
    shape: [1],
    decay: true,
  }));
  const problem: Problem = {
    params,
    start: [1, 1, 1, 1],
    loss: (g, theta) => g.ReduceSum(theta, undefined, { keepdims: 0 }),
  };

  it("have rates and decays of their own", async () => {
    const groups = groupsByName([
      { match: "stem", rate: 0 },
      { match: /block/, rate: 0.5, decay: 0 },
      { match: "block2", rate: 100 },
    ]);
    const optimizer = sgd({ momentum: 0, weightDecay: 0.5 });
    const { theta } = await trajectory(optimizer, { ...problem, groups }, [0.1], "onnxruntime");
    [1, 0.95, 0.95, 0.85].forEach((value, i) => {
      expect(theta[0]?.[i]).toBeCloseTo(value, 6);
    });
  });

  it("learn more slowly layer by layer", () => {
    const { segments } = layoutOf(params, 0, layerWiseDecay(0.5));
    expect(segments.map(({ rate }) => rate)).toEqual([0.125, 0.25, 0.5, 1]);
    const both = combineGroups(layerWiseDecay(0.5), groupsByName([{ match: "head", rate: 3, decay: 0 }]));
    expect(layoutOf(params, 0, both).segments.map(({ rate, decay }) => [rate, decay])).toEqual([
      [0.125, 1],
      [0.25, 1],
      [0.5, 1],
      [3, 0],
    ]);
    expect(() => layerWiseDecay(0)).toThrow(/layerWiseDecay.factor/);
    expect(() => layoutOf(params, 0, groupsByName([{ match: "stem", rate: -1 }]))).toThrow(
      /optimizer_group at stem\/w/,
    );
  });
});

describe("LAMB", () => {
  it("trusts tensors of zeros with the plain step", async () => {
    const problem: Problem = {
      params: flat([2]),
      start: [0, 0],
      loss: (g, theta) => g.ReduceSum(theta, undefined, { keepdims: 0 }),
    };
    const { theta } = await trajectory(lamb(), problem, [0.1], "onnxruntime");
    expect(theta[0]?.[0]).toBeCloseTo(-0.1, 5);
  });
});

describe("options", () => {
  it("are checked, with the bound and the value", () => {
    expect(() => adamW({ beta1: 1 })).toThrow(
      /optimizer_option at adamw.beta1: expected a number at least 0 and below 1, received 1/,
    );
    expect(() => sgd({ momentum: Number.NaN })).toThrow(/sgd.momentum/);
    expect(() => lbfgs({ history: 2.5 })).toThrow(/whole number/);
    expect(() => optimizerByName("adamm")).toThrow(/unknown_optimizer.*Did you mean adam/);
    expect(() => optimizerByName("adam", { beta: 0.9 })).toThrow(/unknown_option at adam.beta/);
    expect(() => wrapByName(sgd(), "lookahed")).toThrow(/Did you mean lookahead/);
    expect(wrapByName(optimizerByName("sgd"), "sam", { rho: 0.1 }).name).toBe("sam(sgd)");
  });

  it("are read from a text, what goes around it before it", () => {
    expect(optimizerFromText("ema:decay=0.99+sam:rho=0.1+adamw:beta2=0.95").name).toBe("ema(sam(adamw))");
    expect(optimizerFromText("sgd:momentum=0,nesterov=false").slots).toEqual([]);
    // Defaults hold for those that know them.
    expect(optimizerFromText("adamw", { weightDecay: 0.1, other: 3 }).slots.length).toBe(2);
    expect(() => optimizerFromText("sgd:momentum")).toThrow(/optimizer_text.*sgd:momentum/);
    expect(() => optimizerFromText("")).toThrow(/optimizer_text/);
    expect(() => optimizerFromText("sgd:momentum=x")).toThrow(/optimizer_option at sgd.momentum/);
    expect(() => optimizerFromText("sgd+adam")).toThrow(/unknown_wrapper at sgd/);
    expect(() => optimizerFromText("sam+lookahead")).toThrow(/unknown_optimizer at lookahead/);
  });

  it("have defaults that are allowed, and words, everywhere", () => {
    for (const [name, factory] of Object.entries(OPTIMIZERS)) {
      expect(factory.name).toBe(name);
      expect(factory().name).toMatch(/^\w+$/);
      expect(factory.doc).not.toBe("");
      for (const option of Object.values(factory.options)) expect(option.doc).not.toBe("");
    }
  });
});

describe("clipByNorm", () => {
  it("never lengthens, keeps the direction, and keeps short gradients as they are", () => {
    const vector = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(vector, fc.double({ min: 0.01, max: 50, noNaN: true }), (grad, limit) => {
        const g = new Builder("clip");
        const out = clipByNorm(g, g.input("grad", "float32", [3]), limit);
        const { [out.name]: result } = interpret(g.finish([out]), {
          grad: ref("float32", [3], Float64Array.from(grad)),
        });
        const clipped = Array.from(result?.data ?? []);
        const [before, after] = [Math.hypot(...grad), Math.hypot(...clipped)];
        expect(after).toBeLessThanOrEqual(Math.min(before, limit) * (1 + 1e-6) + 1e-12);
        if (before < 0.99 * limit) expect(after).toBeCloseTo(before, 5);
        clipped.forEach((v, i) => {
          expect(v * before).toBeCloseTo((grad[i] ?? 0) * after, 2);
        });
      }),
    );
  });
});
