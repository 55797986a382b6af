import { describe, expect, it } from "vitest";
import { Builder, ref } from "../ops/index.js";
import { interpret } from "../runtime/index.js";
import { adamW, clipByNorm, type Optimizer, sgd } from "./optimizers.js";

const MASK = [1, 0];

/** Steps of an optimizer in float64, on given gradients. */
function steps(optimizer: Optimizer, theta: number[], grads: number[][], rate: number): number[][] {
  const g = new Builder("optimizer");
  const vector = (name: string) => g.input(name, "float32", [theta.length]);
  const scalar = (name: string) => g.input(name, "float32", []);
  const slots = Array.from({ length: optimizer.slots }, (_, i) => vector(`slot${i}`));
  const next = optimizer.update(g, {
    theta: vector("theta"),
    grad: vector("grad"),
    slots,
    learningRate: scalar("rate"),
    step: scalar("step"),
    decayMask: vector("mask"),
  });
  const graph = g.finish([next.theta, ...next.slots]);
  const floats = (values: ArrayLike<number>) =>
    ref("float32", [values.length], Float64Array.from(Array.from(values)));
  const one = (value: number) => ref("float32", [], Float64Array.of(value));
  let state = [theta, ...slots.map(() => theta.map(() => 0))];
  return grads.map((grad, i) => {
    const held = Object.fromEntries(slots.map((s, k) => [s.name, floats(state[k + 1] ?? [])]));
    const feeds = {
      ...held,
      theta: floats(state[0] ?? []),
      grad: floats(grad),
      rate: one(rate),
      step: one(i + 1),
      mask: floats(MASK),
    };
    const out = interpret(graph, feeds);
    state = graph.outputs.map((v) => Array.from(out[v.name]?.data ?? []));
    return state[0] ?? [];
  });
}

function near(actual: readonly number[] | undefined, expected: readonly number[]) {
  expect(actual?.length).toBe(expected.length);
  expected.forEach((value, i) => {
    // Constants are float32 in the graph.
    expect(Math.abs((actual?.[i] ?? Number.NaN) - value)).toBeLessThan(2e-7 * Math.max(1, Math.abs(value)));
  });
}

describe("sgd", () => {
  it("without momentum goes down the gradient, and decays where the mask says", () => {
    const [first, second] = steps(
      sgd({ momentum: 0, weightDecay: 0.1 }),
      [1, 2],
      [
        [0.5, -1],
        [0, 0],
      ],
      0.1,
    );
    // 1 − 0.1·(0.5 + 0.1·1); the second is not decayed.
    near(first, [0.94, 2.1]);
    near(second, [0.94 - 0.1 * 0.094, 2.1]);
  });

  it("with momentum adds up directions", () => {
    const [first, second] = steps(
      sgd({ momentum: 0.5 }),
      [1, 2],
      [
        [1, -2],
        [1, -2],
      ],
      0.1,
    );
    near(first, [0.9, 2.2]);
    // v = 0.5·1 + 1 = 1.5
    near(second, [0.75, 2.5]);
  });

  it("in Nesterov's form looks ahead", () => {
    const [first, second] = steps(
      sgd({ momentum: 0.5, nesterov: true }),
      [1, 2],
      [
        [1, -2],
        [1, -2],
      ],
      0.1,
    );
    // d + μv = 1 + 0.5·1, then 1 + 0.5·1.5
    near(first, [0.85, 2.3]);
    near(second, [0.675, 2.65]);
  });
});

describe("adamW", () => {
  it("begins with steps of the learning rate's size, whatever the gradient's", () => {
    const [first] = steps(adamW({ weightDecay: 0 }), [1, 2], [[1e-3, -50]], 0.01);
    near(first, [1 - 0.01 * (1e-3 / (1e-3 + 1e-8)), 2.01]);
  });

  it("follows the formula in the second step, with decay apart from the gradient", () => {
    const [beta1, beta2, rate, decay] = [0.9, 0.99, 0.1, 0.2];
    const results = steps(
      adamW({ beta1, beta2, weightDecay: decay }),
      [1, 2],
      [
        [1, -2],
        [3, 1],
      ],
      rate,
    );
    let theta = [1, 2];
    const m = [0, 0];
    const v = [0, 0];
    [
      [1, -2],
      [3, 1],
    ].forEach((grad, i) => {
      theta = theta.map((t, k) => {
        const d = grad[k] ?? 0;
        m[k] = beta1 * (m[k] ?? 0) + (1 - beta1) * d;
        v[k] = beta2 * (v[k] ?? 0) + (1 - beta2) * d * d;
        const mHat = (m[k] ?? 0) / (1 - beta1 ** (i + 1));
        const vHat = (v[k] ?? 0) / (1 - beta2 ** (i + 1));
        return t - rate * (mHat / (Math.sqrt(vHat) + 1e-8) + decay * t * (MASK[k] ?? 0));
      });
      results[i]?.forEach((value, k) => {
        expect(value).toBeCloseTo(theta[k] ?? 0, 5);
      });
    });
  });
});

describe("clipByNorm", () => {
  it.each([
    [[3, 4], 10, [3, 4]],
    [[3, 4], 1, [0.6, 0.8]],
    [[0, 0], 1, [0, 0]],
  ])("%j to norm %d", (grad, norm, expected) => {
    const g = new Builder("clip");
    const out = clipByNorm(g, g.input("grad", "float32", [2]), norm);
    const result = interpret(g.finish([out]), { grad: ref("float32", [2], Float64Array.from(grad)) });
    Array.from(result[out.name]?.data ?? []).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] ?? 0, 5);
    });
  });
});
