import { describe, expect, it } from "vitest";
import { gradients } from "../autodiff/index.js";
import { rngOf } from "../base/index.js";
import { tensor, type Value } from "../ir/index.js";
import { bakeWeights, countParams, initialWeights } from "../nn/index.js";
import { Builder } from "../ops/index.js";
import { interpret, ortNode } from "../runtime/index.js";
import { formatSize, sample, size } from "../schema/index.js";
import { learnBars, seedOf } from "../testing/bars.js";
import { modelOf } from "../train/index.js";
import { problemOfShape } from "../zoo/index.js";
import { buildGenotype } from "./define.js";
import { type NpdeGenotype, npde } from "./npde.js";
import {
  type Boundary,
  bistableFlow,
  eulerStep,
  gradientOf,
  intensity,
  laplacian,
  logisticFlow,
  phaseMask,
  propagate,
  waveStep,
} from "./npde-parts.js";

/** A function of one field [1, 1, H, W], in float64. */
function run(
  u: readonly number[],
  shape: readonly [number, number],
  body: (g: Builder, u: Value) => Value,
): number[] {
  const g = new Builder("field");
  const x = g.input("u", "float64", [1, 1, ...shape]);
  const graph = g.finish([g.identityAs(body(g, x), "y")]);
  const feeds = { u: { dtype: "float64", dims: [1, 1, ...shape], data: Float64Array.from(u) } } as const;
  return Array.from(interpret(graph, feeds).y?.data ?? [], Number);
}

const apart = (a: readonly number[], b: readonly number[]) => {
  expect(a.length).toBe(b.length);
  return Math.max(...a.map((v, i) => Math.abs(v - (b[i] ?? Number.NaN))));
};

const [H, W] = [5, 7];
const start = Array.from({ length: H * W }, (_, i) => rngOf(1, "field", i).float());

/** What lies at a place, by the boundary. */
function at(u: readonly number[], boundary: Boundary, y: number, x: number): number {
  if (boundary === "periodic") return u[((y + H) % H) * W + ((x + W) % W)] ?? Number.NaN;
  return y < 0 || x < 0 || y >= H || x >= W ? 0 : (u[y * W + x] ?? Number.NaN);
}

const everywhere = (f: (y: number, x: number) => number) =>
  Array.from({ length: H * W }, (_, i) => f(Math.floor(i / W), i % W));

describe("finite differences", () => {
  it.each(["zero", "periodic"] as const)(
    "steps of diffusion, drift and growth are a solver's: %s",
    (boundary) => {
      const [d, drift, rate, h, tau] = [0.08, [0.3, -0.2] as const, 1.5, 0.7, 0.2];
      const got = run(start, [H, W], (g, u0) => {
        let u = u0;
        for (let i = 0; i < 5; i++) {
          const scaled = (v: Value, by: number) => g.Mul(v, g.scalar(by, "float64"));
          const slopes = gradientOf(g, u, boundary, h).map((v, k) => scaled(v, drift[k] ?? 0));
          const growth = scaled(g.Mul(u, g.Sub(g.scalar(1, "float64"), u)), rate);
          u = eulerStep(g, u, [scaled(laplacian(g, u, boundary, h), d), ...slopes, growth], tau);
        }
        return u;
      });
      let want = start;
      for (let i = 0; i < 5; i++) {
        const u = want;
        want = everywhere((y, x) => {
          const here = at(u, boundary, y, x);
          const [up, down] = [at(u, boundary, y - 1, x), at(u, boundary, y + 1, x)];
          const [left, right] = [at(u, boundary, y, x - 1), at(u, boundary, y, x + 1)];
          const second = (up + down + left + right - 4 * here) / (h * h);
          const slope = (drift[0] * (down - up) + drift[1] * (right - left)) / (2 * h);
          return here + tau * (d * second + slope + rate * here * (1 - here));
        });
      }
      expect(apart(got, want)).toBeLessThan(1e-12);
    },
  );

  it("a wave is an oscillator: its step solves u_tt = −u with an error of second order", () => {
    const solve = (tau: number) => {
      const steps = Math.round(1 / tau);
      const [y = Number.NaN] = run([1], [1, 1], (g, u0) => {
        let [before, u] = [g.Mul(u0, g.scalar(Math.cos(-tau), "float64")), u0];
        for (let i = 0; i < steps; i++) {
          const next = waveStep(g, [before, u], [g.Neg(u)], g.scalar(0, "float64"), tau);
          [before, u] = [u, next];
        }
        return u;
      });
      return Math.abs(y - Math.cos(1));
    };
    expect(solve(0.1)).toBeLessThan(1e-3);
    expect(solve(0.05) / solve(0.025)).toBeGreaterThan(3.8);
    expect(solve(0.05) / solve(0.025)).toBeLessThan(4.2);
  });

  it("diffusion is stable up to τD/h² = 1/2 over the axes, and not beyond", () => {
    const line = Array.from({ length: W }, (_, i) => (i % 2 === 0 ? 1 : -1));
    const largest = (share: number, u0: readonly number[]) => {
      const u = run(u0, [1, u0.length], (g, x) => {
        let u = x;
        for (let i = 0; i < 10; i++) {
          u = eulerStep(g, u, [g.Mul(laplacian(g, u, "periodic"), g.scalar(share, "float64"))], 1);
        }
        return u;
      });
      return Math.max(...u.map(Math.abs));
    };
    const random = start.slice(0, W).map((v) => v - 0.5);
    expect(largest(0.5, random)).toBeLessThanOrEqual(Math.max(...random.map(Math.abs)));
    // A checkerboard (of an even number of places) grows by |1 − 4 share|.
    expect(largest(0.55, line.slice(0, 6))).toBeCloseTo(1.2 ** 10, 8);
    expect(largest(0.5, line.slice(0, 6))).toBeCloseTo(1, 12);
  });
});

describe("flows of reactions", () => {
  /** The equation solved by many steps of Runge and Kutta. */
  const solved = (rate: (u: number) => number, u: number, time: number) => {
    const steps = 2000;
    const h = time / steps;
    for (let i = 0; i < steps; i++) {
      const k1 = rate(u);
      const k2 = rate(u + (h / 2) * k1);
      const k3 = rate(u + (h / 2) * k2);
      u += (h / 6) * (k1 + 2 * k2 + 2 * k3 + rate(u + h * k3));
    }
    return u;
  };
  const T = 0.8;

  it("logistic growth: also the sigmoid, shifted", () => {
    const u = start.map((v) => 0.02 + 0.96 * v);
    const got = run(u, [H, W], (g, x) => logisticFlow(g, x, g.scalar(T, "float64")));
    expect(
      apart(
        got,
        u.map((v) => solved((w) => w * (1 - w), v, T)),
      ),
    ).toBeLessThan(1e-10);
    expect(
      apart(
        got,
        u.map((v) => 1 / (1 + Math.exp(-(Math.log(v / (1 - v)) + T)))),
      ),
    ).toBeLessThan(1e-12);
  });

  it("bistable: also the hyperbolic tangent, shifted", () => {
    const u = start.map((v) => 1.9 * v - 0.95);
    const got = run(u, [H, W], (g, x) => bistableFlow(g, x, g.scalar(T, "float64")));
    expect(
      apart(
        got,
        u.map((v) => solved((w) => 1 - w * w, v, T)),
      ),
    ).toBeLessThan(1e-10);
    expect(
      apart(
        got,
        u.map((v) => Math.tanh(Math.atanh(v) + T)),
      ),
    ).toBeLessThan(1e-12);
  });
});

describe("waves", () => {
  const power = (u: readonly number[]) => u.reduce((a, b) => a + b, 0);

  it("free paths and masks keep the power, and there and back is nothing", () => {
    const kept = run(start, [H, W], (g, u) => {
      const masked = phaseMask(
        g,
        { re: u, im: g.Mul(u, g.scalar(0.4, "float64")) },
        g.Mul(u, g.scalar(3, "float64")),
      );
      return intensity(g, propagate(g, masked, 1.7));
    });
    expect(power(kept)).toBeCloseTo(1.16 * power(start.map((v) => v * v)), 10);
    const back = run(start, [H, W], (g, u) => {
      const wave = { re: u, im: g.Mul(u, g.scalar(0.4, "float64")) };
      return propagate(g, propagate(g, wave, 1.7), -1.7).re;
    });
    expect(apart(back, start)).toBeLessThan(1e-12);
  });

  it("a free path is a factor exp(−i k² z/2) of the Fourier transform", () => {
    const z = 0.9;
    const got = run(
      start,
      [H, W],
      (g, u) => propagate(g, { re: u, im: g.Mul(u, g.scalar(0, "float64")) }, z).re,
    );
    const frequency = (m: number, n: number) => (2 * Math.PI * (m <= n / 2 ? m : m - n)) / n;
    const want = everywhere((y, x) => {
      let sum = 0;
      for (let p = 0; p < H; p++) {
        for (let q = 0; q < W; q++) {
          const k2 = frequency(p, H) ** 2 + frequency(q, W) ** 2;
          for (let i = 0; i < H * W; i++) {
            const angle =
              2 * Math.PI * ((p * (y - Math.floor(i / W))) / H + (q * (x - (i % W))) / W) - (k2 * z) / 2;
            sum += ((start[i] ?? 0) * Math.cos(angle)) / (H * W);
          }
        }
      }
      return sum;
    });
    expect(apart(got, want)).toBeLessThan(1e-12);
  });
});

it("the adjoint equation gives the gradient that automatic differentiation gives", () => {
  const [steps, tau, d] = [6, 0.2, 0.4];
  // J = ½ Σ u(T)², u_t = D ∇²u + u (1 − u), periodic.
  const g = new Builder("adjoint");
  const u0 = g.input("u", "float64", [1, 1, H, W]);
  const rate = g.input("d", "float64", []);
  let u = u0;
  for (let i = 0; i < steps; i++) {
    const growth = g.Mul(u, g.Sub(g.scalar(1, "float64"), u));
    u = eulerStep(g, u, [g.Mul(rate, laplacian(g, u, "periodic")), growth], tau);
  }
  const loss = g.Mul(g.ReduceSum(g.Mul(u, u), undefined, { keepdims: 0 }), g.scalar(0.5, "float64"));
  const [first, second] = gradients(g, loss, [u0, rate]);
  if (first === undefined || second === undefined) throw new Error("no gradient");
  const graph = g.finish([g.identityAs(first, "du"), g.identityAs(second, "dd")]);
  const results = interpret(graph, {
    u: { dtype: "float64", dims: [1, 1, H, W], data: Float64Array.from(start) },
    d: { dtype: "float64", dims: [], data: Float64Array.of(d) },
  });
  const lap = (v: readonly number[]) =>
    everywhere(
      (y, x) =>
        at(v, "periodic", y - 1, x) +
        at(v, "periodic", y + 1, x) +
        at(v, "periodic", y, x - 1) +
        at(v, "periodic", y, x + 1) -
        4 * at(v, "periodic", y, x),
    );
  const states = [start];
  for (let i = 0; i < steps; i++) {
    const v = states.at(-1) ?? start;
    const l = lap(v);
    states.push(v.map((value, k) => value + tau * (d * (l[k] ?? 0) + value * (1 - value))));
  }
  // p ← (dF/du)ᵀ p backwards; the Laplacian is symmetric.
  let p = states.at(-1) ?? [];
  let sensitivity = 0;
  for (let i = steps - 1; i >= 0; i--) {
    const v = states[i] ?? start;
    const [l, lp] = [lap(v), lap(p)];
    sensitivity += tau * l.reduce((sum, value, k) => sum + value * (p[k] ?? 0), 0);
    p = p.map((value, k) => value + tau * (d * (lp[k] ?? 0) + value * (1 - 2 * (v[k] ?? 0))));
  }
  expect(apart(Array.from(results.du?.data ?? [], Number), p)).toBeLessThan(1e-10);
  expect(Number(results.dd?.data[0])).toBeCloseTo(sensitivity, 10);
});

describe("space", () => {
  it("is counted by its choices", () => {
    // Reactions: 1 + 1 + 2 + 2. Spatial operators: 2·2 + 2·2 + 1.
    const field = 2 * 9 * 3 * 6 * 2 * 4 * 3;
    const total = (field + 2 * 6 * 4 + 2 * 4 * 3 * 3) * 12 * 4 * 2 * 2;
    expect(size(npde.schema).count).toBe(BigInt(total));
    expect(formatSize(size(npde.schema))).toBe("1,516,032");
  });

  it.each(["residual", "diffractive"])("%s networks train", async (name) => {
    const losses = await learnBars(npde, { genotype: seedOf(name), rate: 0.01 });
    expect(losses.at(-1)).toBeLessThan(0.5 * (losses[0] ?? 0));
  });

  it("a driven field reads a picture row by row, and trains", async () => {
    const equation = {
      op: "driven",
      order: "first",
      reaction: { op: "bistable", by: "flow" },
      units: 32,
    } as const;
    const genotype: NpdeGenotype = { equation, steps: 1, tau: 0.5, autonomous: true, readout: "mean" };
    const losses = await learnBars(npde, { genotype: () => genotype, rate: 0.01, epochs: 20 });
    expect(losses.at(-1)).toBeLessThan(0.7 * (losses[0] ?? 0));
  });

  it("shares coefficients in autonomous equations", () => {
    const residual = npde.seeds?.residual;
    if (residual === undefined) throw new Error("no seed");
    const params = (genotype: NpdeGenotype) =>
      countParams(buildGenotype(npde, problemOfShape([1, 16, 16], 10), genotype).network);
    const stencil = 32 * 32 * 9 + 32;
    const rest = 2 * 32 + 32 * 16 * 10 + 10;
    expect(params(residual)).toBe(4 * stencil + rest);
    expect(params({ ...residual, autonomous: true })).toBe(stencil + rest);
  });

  it("stays finite for whatever is drawn, with weights three times as large as at the start", async () => {
    const problem = problemOfShape([1, 8, 8], 3);
    const image = tensor(
      "uint8",
      [2, 1, 8, 8],
      Array.from({ length: 128 }, (_, k) => (k * 89) % 256),
    );
    for (let i = 0; i < 40; i++) {
      const genotype = sample(npde.schema, rngOf(2, "finite", i));
      const { network } = buildGenotype(npde, problem, genotype);
      const { params, states } = initialWeights(network, i);
      const graph = bakeWeights(network, { params: params.map((w) => 3 * w), states });
      await using session = await ortNode.load(modelOf(graph));
      const logits = (await session.run({ image }))[network.outputs.logits?.name ?? ""];
      const finite = Array.from(logits?.data ?? [Number.NaN], Number).every(Number.isFinite);
      expect({ i, finite }).toEqual({ i, finite: true });
    }
  });
});
