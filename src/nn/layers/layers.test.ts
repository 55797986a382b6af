/** Layers whose meaning the contract cannot know: against plain computations, and by their properties. */
import { describe, expect, it } from "vitest";
import type { Value } from "../../ir/index.js";
import { type RefTensor, ref } from "../../ops/index.js";
import { interpret } from "../../runtime/index.js";
import { randomTensor as random, runLayer as run } from "../../testing/run-layer.js";
import {
  adaptiveAveragePool2d,
  alibiSlopes,
  attend,
  attention,
  averagePool2d,
  buildNetwork,
  dropout,
  dropPath,
  dropPathRates,
  globalAveragePool,
  init,
  initialWeights,
  linearAttention,
  mixtureOfExperts,
  NetworkBuilder,
  relativePositionBias2d,
  rotaryPositions,
  sinCosPositions2d,
  sinusoidalPositions,
  spatialDropout,
  standardizeWeights,
} from "../index.js";

function close(a: ArrayLike<number>, b: ArrayLike<number>, digits = 6): void {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < a.length; i++) expect(a[i]).toBeCloseTo(b[i] ?? Number.NaN, digits);
}

/** Attention by its definition, one number after the other. `seen` says which key a query may see. */
function plainAttention(
  q: RefTensor,
  k: RefTensor,
  v: RefTensor,
  seen: (query: number, key: number, example: number) => boolean = () => true,
): Float64Array {
  const [n = 1, heads = 1, l = 1, d = 1] = q.dims;
  const [, kvHeads = 1, s = 1] = k.dims;
  const e = v.dims[3] ?? 1;
  const out = new Float64Array(n * heads * l * e);
  for (let a = 0; a < n; a++) {
    for (let h = 0; h < heads; h++) {
      const kv = Math.floor(h / (heads / kvHeads));
      for (let i = 0; i < l; i++) {
        const weights = Array.from({ length: s }, (_, j) => {
          if (!seen(i, j, a)) return 0;
          let dot = 0;
          for (let c = 0; c < d; c++) {
            dot +=
              (q.data[((a * heads + h) * l + i) * d + c] ?? 0) *
              (k.data[((a * kvHeads + kv) * s + j) * d + c] ?? 0);
          }
          return Math.exp(dot / Math.sqrt(d));
        });
        const total = weights.reduce((x, y) => x + y, 0);
        for (let c = 0; c < e; c++) {
          let sum = 0;
          weights.forEach((w, j) => {
            sum += total === 0 ? 0 : (w / total) * (v.data[((a * kvHeads + kv) * s + j) * e + c] ?? 0);
          });
          out[((a * heads + h) * l + i) * e + c] = sum;
        }
      }
    }
  }
  return out;
}

describe("attention", () => {
  const q = random("q", [2, 4, 5, 3]);
  const grouped = (heads: number, length = 5) => ({
    k: random("k", [2, heads, length, 3]),
    v: random("v", [2, heads, length, 2]),
  });

  it.each([4, 2, 1])("with %d key heads is softmax(q·k/√D) v", (kvHeads) => {
    const { k, v } = grouped(kvHeads, 6);
    const [y] = run({ q, k, v }, (g, x) => attend(g, x.q, x.k, x.v));
    close(y ?? [], plainAttention(q, k, v));
  });

  it("sees what masks, causality and windows let it see, and is zeros where that is nothing", () => {
    const { k, v } = grouped(2);
    const keys = [
      [1, 1, 0, 1, 0],
      [0, 0, 0, 0, 0],
    ];
    const keyMask = ref("bool", [2, 5], Float64Array.from(keys.flat()));
    const check = (
      options: { causal?: boolean; window?: number },
      seen: (i: number, j: number, a: number) => boolean,
    ) => {
      const [plain] = run({ q, k, v }, (g, x) => attend(g, x.q, x.k, x.v, options));
      close(plain ?? [], plainAttention(q, k, v, seen));
      const [padded] = run({ q, k, v, keyMask }, (g, x) =>
        attend(g, x.q, x.k, x.v, { ...options, keyMask: x.keyMask }),
      );
      close(
        padded ?? [],
        plainAttention(q, k, v, (i, j, a) => seen(i, j, a) && keys[a]?.[j] === 1),
      );
    };
    check({}, () => true);
    check({ causal: true }, (i, j) => j <= i);
    check({ window: 2 }, (i, j) => Math.abs(i - j) < 2);
    check({ causal: true, window: 3 }, (i, j) => j <= i && i - j < 3);
    const mask = ref(
      "bool",
      [5, 5],
      Float64Array.from({ length: 25 }, (_, n) => ((n * 7) % 3 === 0 ? 1 : 0)),
    );
    const [masked] = run({ q, k, v, mask }, (g, x) => attend(g, x.q, x.k, x.v, { mask: x.mask }));
    close(
      masked ?? [],
      plainAttention(q, k, v, (i, j) => ((i * 5 + j) * 7) % 3 === 0),
    );
    expect(() => run({ q, k, v }, (g, x) => attend(g, x.q, x.k, x.v, { window: 0 }))).toThrow(
      /attention_window/,
    );
  });

  it("masks lengths that are symbols as it does fixed ones", () => {
    const { k, v } = grouped(4);
    const g = new NetworkBuilder("symbols", false, "N");
    const [qv, kv, vv] = [
      g.input("q", "float32", ["N", 4, "L", 3]),
      g.input("k", "float32", ["N", 4, "L", 3]),
      g.input("v", "float32", ["N", 4, "L", 2]),
    ];
    const y = attend(g, qv, kv, vv, { causal: true, window: 3 });
    expect(y.shape).toEqual(["N", 4, "L", 2]);
    close(
      interpret(g.finish([y]), { q, k, v })[y.name]?.data ?? [],
      plainAttention(q, k, v, (i, j) => j <= i && i - j < 3),
    );
  });

  it("a causal layer does not see the future", () => {
    const x = random("x", [1, 6, 8]);
    const later = ref(
      "float32",
      x.dims,
      Float64Array.from(x.data, (value, i) => (i >= 4 * 8 ? value + 1 : value)),
    );
    for (const body of [
      (g: NetworkBuilder, v: Value) => attention(g, v, { heads: 2, causal: true, positions: "alibi" }),
      (g: NetworkBuilder, v: Value) => linearAttention(g, v, { heads: 2, causal: true }),
    ]) {
      const [a, b] = [x, later].map(
        (input) => run({ x: input }, (g, it) => body(g, it.x))[0] ?? new Float64Array(),
      );
      close(a?.subarray(0, 32) ?? [], b?.subarray(0, 32) ?? []);
      expect(
        Math.max(...Array.from(a?.subarray(32) ?? [], (value, i) => Math.abs(value - (b?.[32 + i] ?? 0)))),
      ).toBeGreaterThan(0.01);
    }
  });

  it("linear attention is attention with the weights φ(q)·φ(k)", () => {
    const x = random("x", [1, 4, 2]);
    const [y] = run({ x }, (g, it) => linearAttention(g, it.x, { heads: 1 }));
    const [qkv] = run({ x }, (g, it) => {
      linearAttention(g, it.x, { heads: 1 });
      return g.built.flatMap(({ opType, outputs }) => (opType === "Split" ? outputs : [])) as Value[];
    });
    expect(qkv?.length).toBe(8);
    const [q2, k2, v2] = run({ x }, (g, it) => {
      linearAttention(g, it.x, { heads: 1 });
      return g.built.flatMap(({ opType, outputs }) => (opType === "Split" ? outputs : [])) as Value[];
    });
    const phi = (value: number) => (value > 0 ? value + 1 : Math.exp(value));
    const mixed = new Float64Array(8);
    for (let i = 0; i < 4; i++) {
      let total = 1e-6;
      for (let j = 0; j < 4; j++) {
        let w = 0;
        for (let c = 0; c < 2; c++) w += phi(q2?.[i * 2 + c] ?? 0) * phi(k2?.[j * 2 + c] ?? 0);
        total += w;
        for (let c = 0; c < 2; c++) mixed[i * 2 + c] = (mixed[i * 2 + c] ?? 0) + w * (v2?.[j * 2 + c] ?? 0);
      }
      for (let c = 0; c < 2; c++) mixed[i * 2 + c] = (mixed[i * 2 + c] ?? 0) / total;
    }
    const [found] = run({ x }, (g, it) => {
      linearAttention(g, it.x, { heads: 1 });
      const [last] = g.built.filter(({ opType }) => opType === "Div").at(-1)?.outputs ?? [];
      return last === undefined ? [] : [last];
    });
    close(found ?? [], mixed);
    expect(y?.length).toBe(8);
  });

  it("heads that do not divide are refused", () => {
    const x = random("x", [1, 3, 6]);
    expect(() => run({ x }, (g, it) => attention(g, it.x, { heads: 4 }))).toThrow(/attention_heads/);
    expect(() => run({ x }, (g, it) => attention(g, it.x, { heads: 3, kvHeads: 2 }))).toThrow(
      /attention_heads/,
    );
  });
});

describe("positions", () => {
  it("rotary: products depend on distances alone, and lengths stay", () => {
    const vector = random("vector", [1, 1, 1, 6]).data;
    const other = random("other", [1, 1, 1, 6]).data;
    const repeat = (v: Float64Array) =>
      ref(
        "float32",
        [1, 1, 7, 6],
        Float64Array.from({ length: 42 }, (_, i) => v[i % 6] ?? 0),
      );
    const [q, k] = run({ q: repeat(vector), k: repeat(other) }, (g, x) => [
      rotaryPositions(g, x.q),
      rotaryPositions(g, x.k),
    ]);
    const dot = (i: number, j: number) => {
      let sum = 0;
      for (let c = 0; c < 6; c++) sum += (q?.[i * 6 + c] ?? 0) * (k?.[j * 6 + c] ?? 0);
      return sum;
    };
    expect(dot(5, 3)).toBeCloseTo(dot(2, 0), 5);
    expect(dot(6, 1)).toBeCloseTo(dot(5, 0), 5);
    expect(Math.abs(dot(5, 3) - dot(5, 4))).toBeGreaterThan(1e-3);
    const length = (i: number) => Math.hypot(...(q?.subarray(i * 6, i * 6 + 6) ?? []));
    expect(length(6)).toBeCloseTo(length(0), 6);
  });

  it("sines and cosines stand where the paper puts them", () => {
    const x = ref("float32", [1, 3, 4]);
    const [y] = run({ x }, (g, it) => sinusoidalPositions(g, it.x));
    close(y?.subarray(8, 12) ?? [], [Math.sin(2), Math.cos(2), Math.sin(2 / 100), Math.cos(2 / 100)]);
    const [plane] = run({ x: ref("float32", [1, 6, 4]) }, (g, it) => sinCosPositions2d(g, it.x, [2, 3]));
    // Place 5 is row 1, column 2.
    close(plane?.subarray(20, 24) ?? [], [Math.sin(2), Math.cos(2), Math.sin(1), Math.cos(1)]);
  });

  it("ALiBi's slopes", () => {
    expect(alibiSlopes(8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((i) => 2 ** -i));
    const six = alibiSlopes(6);
    expect(six.slice(0, 4)).toEqual([2 ** -2, 2 ** -4, 2 ** -6, 2 ** -8]);
    expect(six.slice(4)).toEqual([2 ** -1, 2 ** -3]);
  });

  it("2-D biases are equal for equal offsets", () => {
    const [bias = new Float64Array()] = run({}, (g) => relativePositionBias2d(g, [2, 3], 1));
    const at = (a: number, b: number) => bias[a * 6 + b] ?? Number.NaN;
    expect(at(0, 1)).toBe(at(4, 5));
    expect(at(0, 4)).toBe(at(1, 5));
    expect(at(0, 1)).not.toBe(at(1, 0));
  });
});

describe("mixture of experts", () => {
  const x = random("x", [10, 4]);
  const options = { experts: 4, topK: 2, hidden: 6 } as const;
  const moe = (routing: "dense" | "dispatched", capacityFactor: number) =>
    run({ x }, (g, it) => {
      const { y, dropped, balanceLoss } = mixtureOfExperts(g, it.x, { ...options, routing, capacityFactor });
      return [y, dropped, balanceLoss];
    });

  it("dispatched with room for all is the dense one", () => {
    const [dense, none, balance] = moe("dense", 1);
    const [sent, dropped, same] = moe("dispatched", 4);
    close(sent ?? [], dense ?? []);
    expect([none?.[0], dropped?.[0]]).toEqual([0, 0]);
    expect(same?.[0]).toBe(balance?.[0]);
  });

  it("drops what finds no place, last choices first, and adds nothing for it", () => {
    const [dense] = moe("dense", 1);
    const [sent, dropped] = moe("dispatched", 0.6);
    // Capacity 3 of 4 experts: at most 12 of 20 choices are kept.
    expect(dropped?.[0]).toBeGreaterThanOrEqual(8 / 20 - 1e-9);
    expect(dropped?.[0]).toBeLessThan(1);
    expect(Math.max(...Array.from(sent ?? [], (v, i) => Math.abs(v - (dense?.[i] ?? 0))))).toBeGreaterThan(
      0.01,
    );
  });

  it("the balance loss is 1 for an even router, and grows to the number of experts", () => {
    // Weights of 0 give all experts one probability; TopK then sends every token to the same two.
    const balance = (rows: RefTensor) =>
      run({ rows }, (g, it) => mixtureOfExperts(g, it.rows, { ...options, topK: 1 }).balanceLoss)[0]?.[0] ??
      0;
    expect(balance(ref("float32", [10, 4]))).toBeCloseTo(1, 6);
    expect(balance(ref("float32", [3, 4], new Float64Array(12).fill(80)))).toBeGreaterThan(3);
  });

  it("refuses to choose more experts than there are", () => {
    expect(() => run({ x }, (g, it) => mixtureOfExperts(g, it.x, { experts: 2, topK: 3 }).y)).toThrow(
      /moe_top_k/,
    );
  });
});

describe("dropout", () => {
  const x = ref("float32", [40, 10, 5, 5], new Float64Array(10_000).fill(1));
  const kinds = { dropout, spatialDropout, dropPath };

  it.each(Object.entries(kinds))("%s keeps the mean, and is nothing in the inference form", (_, layer) => {
    const [y = new Float64Array()] = run({ x }, (g, it) => layer(g, it.x, 0.3), { training: true });
    expect(new Set(Array.from(y, (v) => v.toFixed(6)))).toEqual(new Set(["0.000000", (1 / 0.7).toFixed(6)]));
    const [still] = run({ x }, (g, it) => g.Identity(layer(g, it.x, 0.3)));
    close(still ?? [], x.data);
    expect(() => run({ x }, (g, it) => layer(g, it.x, 1))).toThrow(/dropout_rate/);
  });

  it("drops numbers, whole channels and whole examples", () => {
    const [a = new Float64Array(), b = new Float64Array(), c = new Float64Array()] = Object.values(kinds).map(
      (layer) => run({ x }, (g, it) => layer(g, it.x, 0.3), { training: true })[0] ?? new Float64Array(),
    );
    const uniform = (y: Float64Array, size: number) =>
      Array.from(
        { length: y.length / size },
        (_, i) => new Set(y.subarray(i * size, (i + 1) * size)).size === 1,
      ).every(Boolean);
    expect([uniform(a, 25), uniform(b, 25), uniform(b, 250), uniform(c, 250)]).toEqual([
      false,
      true,
      false,
      true,
    ]);
    const share = (y: Float64Array) => y.filter((v) => v === 0).length / y.length;
    expect(Math.abs(share(a) - 0.3)).toBeLessThan(5 * Math.sqrt(0.21 / 10_000));
    expect(Math.abs(share(b) - 0.3)).toBeLessThan(5 * Math.sqrt(0.21 / 400));
    expect(Math.abs(share(c) - 0.3)).toBeLessThan(5 * Math.sqrt(0.21 / 40));
  });

  it("rates of stochastic depth grow linearly", () => {
    expect(dropPathRates(0.3, 4).map((r) => Number(r.toFixed(9)))).toEqual([0, 0.1, 0.2, 0.3]);
    expect(dropPathRates(0.2, 1)).toEqual([0.2]);
  });
});

describe("pooling and weights", () => {
  it("regions of equal size are a pooling; one region is the mean; others are means of their pixels", () => {
    const x = random("x", [1, 2, 6, 4]);
    const [even, same] = run({ x }, (g, it) => [
      g.Identity(adaptiveAveragePool2d(g, it.x, [3, 2])),
      averagePool2d(g, it.x, { kernel: 2 }),
    ]);
    close(even ?? [], same ?? []);
    const [one, mean] = run({ x }, (g, it) => [
      adaptiveAveragePool2d(g, it.x, 1),
      globalAveragePool(g, it.x),
    ]);
    close(one ?? [], mean ?? []);
    const line = ref("float32", [1, 1, 1, 5], Float64Array.of(1, 2, 3, 4, 5));
    const [parts] = run({ x: line }, (g, it) => adaptiveAveragePool2d(g, it.x, [1, 3]));
    // 1–2, 2–4, 4–5 of five.
    close(parts ?? [], [1.5, 3, 4.5]);
  });

  it("standardized filters have mean 0 and variance 1", () => {
    const w = random("w", [3, 2, 5, 5]);
    const [y = new Float64Array()] = run({ w }, (g, it) => standardizeWeights(g, it.w));
    for (let i = 0; i < 3; i++) {
      const filter = Array.from(y.subarray(i * 50, (i + 1) * 50));
      const mean = filter.reduce((a, b) => a + b, 0) / 50;
      expect(mean).toBeCloseTo(0, 6);
      expect(filter.reduce((a, b) => a + (b - mean) ** 2, 0) / 50).toBeCloseTo(1, 3);
    }
  });

  it("a network of layers has one weight vector a seed", () => {
    const network = buildNetwork(
      "two",
      [{ name: "x", dtype: "float32", shape: [3, 8] }],
      (g, [x]) => {
        if (x === undefined) throw new Error("no input");
        return { y: attention(g, x, { heads: 2, init: init.orthogonal() }) };
      },
      { training: true, batch: 2 },
    );
    expect(initialWeights(network, 3)).toEqual(initialWeights(network, 3));
    expect(initialWeights(network, 3).params).not.toEqual(initialWeights(network, 4).params);
  });
});
