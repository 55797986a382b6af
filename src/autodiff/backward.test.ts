import { describe, expect, it } from "vitest";
import { rngOf } from "../base/index.js";
import { type Node, tensor, Value, verifyGraph } from "../ir/index.js";
import { Builder, type RefTensor, ref } from "../ops/index.js";
import { interpret, ortNode } from "../runtime/index.js";
import { gradients, stopGradient } from "./index.js";

const vector = (...values: number[]) => ref("float32", [values.length], Float64Array.from(values));

/** Gradients as numbers; undefined where the result does not depend on the value. */
function numbers(
  g: Builder,
  wanted: readonly (Value | undefined)[],
  feeds: Readonly<Record<string, RefTensor>>,
): (number[] | undefined)[] {
  const graph = g.finish([...new Set(wanted.filter((v) => v !== undefined))]);
  expect(verifyGraph(graph)).toEqual([]);
  const results = interpret(graph, feeds);
  return wanted.map((v) => (v === undefined ? undefined : Array.from(results[v.name]?.data ?? [])));
}

describe("gradients", () => {
  it("sums over all uses of a value", () => {
    const g = new Builder("uses");
    const x = g.input("x", "float32", [2]);
    // y = Σ x² + 3x + x, with x read four times
    const y = g.ReduceSum(g.Add(g.Add(g.Mul(x, x), g.Mul(x, g.scalar(3))), x), undefined, { keepdims: 0 });
    expect(numbers(g, gradients(g, y, [x]), { x: vector(2, -1) })).toEqual([[8, 2]]);
  });

  it("lets nothing through stopGradient", () => {
    const g = new Builder("stop");
    const x = g.input("x", "float32", [2]);
    const y = g.ReduceSum(g.Mul(x, stopGradient(g, g.Mul(x, x))), undefined, { keepdims: 0 });
    expect(numbers(g, gradients(g, y, [x]), { x: vector(2, -3) })).toEqual([[4, 9]]);
    const z = g.ReduceSum(stopGradient(g, x), undefined, { keepdims: 0 });
    expect(gradients(g, z, [x])).toEqual([undefined]);
  });

  it("starts from a seed, and from ones without", () => {
    const g = new Builder("seed");
    const x = g.input("x", "float32", [3]);
    const y = g.Mul(x, x);
    const seeded = gradients(g, y, [x], { seed: g.constant(tensor("float32", [3], [1, 0, -2])) });
    const plain = gradients(g, y, [x]);
    expect(numbers(g, [...seeded, ...plain], { x: vector(1, 2, 3) })).toEqual([
      [2, 0, -12],
      [2, 4, 6],
    ]);
  });

  it("gives undefined for what the result does not depend on", () => {
    const g = new Builder("unused");
    const x = g.input("x", "float32", [2]);
    const other = g.input("other", "float32", [2]);
    const index = g.input("index", "int64", [1]);
    g.Exp(other);
    const y = g.ReduceSum(g.Gather(x, index), undefined, { keepdims: 0 });
    const [dx, dOther, dIndex] = gradients(g, y, [x, other, index]);
    expect([dOther, dIndex]).toEqual([undefined, undefined]);
    const feeds = { x: vector(5, 6), other: vector(0, 0), index: ref("int64", [1], Float64Array.of(1)) };
    expect(numbers(g, [dx], feeds)).toEqual([[0, 1]]);
  });

  it("counts the value itself as its own use", () => {
    const g = new Builder("self");
    const x = g.input("x", "float32", [2]);
    expect(numbers(g, gradients(g, x, [x]), { x: vector(3, 4) })).toEqual([[1, 1]]);
  });
});

describe("broadcasts", () => {
  it.each([
    ["trailing", [3], [2, 3]],
    ["inner", [4, 1, 3], [4, 2, 3]],
    ["a scalar", [], [2, 3]],
    ["both ways", [3, 1], [1, 4]],
  ])("are summed back: %s", (_, a, b) => {
    const g = new Builder("broadcast");
    const [x, y] = [g.input("x", "float32", a), g.input("y", "float32", b)];
    const [dx, dy] = gradients(g, g.ReduceSum(g.Add(x, y), undefined, { keepdims: 0 }), [x, y]);
    expect([dx?.shape, dy?.shape]).toEqual([a, b]);
    const size = (dims: readonly number[]) => dims.reduce((n, d) => n * d, 1);
    const whole = size(a.length < b.length ? b : a.map((d, i) => Math.max(d, b[i] ?? 1)));
    const feeds = { x: ref("float32", a), y: ref("float32", b) };
    expect(numbers(g, [dx, dy], feeds)).toEqual([
      new Array(size(a)).fill(whole / size(a)),
      new Array(size(b)).fill(whole / size(b)),
    ]);
  });

  // x has a length of its own, A: only the run tells whether it is 1 and was broadcast against y's N.
  it.each([
    ["is broadcast", 1],
    ["is not", 5],
  ])("of lengths that only the run knows are summed where the length %s", async (_, length) => {
    const g = new Builder("runtime");
    const x = g.input("x", "float32", ["A", 2]);
    const y = g.input("y", "float32", ["N", 2]);
    const loss = g.ReduceSum(g.Mul(g.Mul(x, x), y), undefined, { keepdims: 0 });
    const [dx, dy] = gradients(g, loss, [x, y]);
    expect(dx?.shape).toEqual(["A", 2]);
    // Once more: the gradient of Σ dx², which goes back through the sum over axes found at run time.
    if (dx === undefined || dy === undefined) return expect([dx, dy]).not.toContain(undefined);
    const again = g.ReduceSum(g.Mul(dx, dx), undefined, { keepdims: 0 });
    const [second] = gradients(g, again, [x]);
    if (second === undefined) return expect(second).toBeDefined();
    const graph = g.finish([dx, dy, second]);
    expect(verifyGraph(graph)).toEqual([]);

    const rows = Array.from({ length: 5 }, (_, i) => i + 1);
    const xs = Float64Array.from({ length: 2 * length }, (_, i) => i + 0.5);
    const ys = Float64Array.from(rows.flatMap((i) => [i, -2 * i]));
    const feeds = { x: ref("float32", [length, 2], xs), y: ref("float32", [5, 2], ys) };
    // dx = 2 x s with s = y summed over the rows that share x's row, so d(Σ dx²)/dx = 8 x s².
    const s = (i: number) => (length === 5 ? (ys[i] ?? 0) : [15, -30][i % 2]) ?? 0;
    const results = interpret(graph, feeds);
    expect(Array.from(results[dx.name]?.data ?? [])).toEqual(Array.from(xs, (v, i) => 2 * v * s(i)));
    expect(Array.from(results[second.name]?.data ?? [])).toEqual(Array.from(xs, (v, i) => 8 * v * s(i) ** 2));

    await using session = await ortNode.load({ graph, opsets: { "": 21 }, irVersion: 10, metadata: {} });
    const got = await session.run({
      x: tensor("float32", [length, 2], xs),
      y: tensor("float32", [5, 2], ys),
    });
    for (const value of [dx, dy, second]) {
      expect(got[value.name]?.dims).toEqual(results[value.name]?.dims);
      expect(Array.from(got[value.name]?.data ?? [], Number)).toEqual(
        Array.from(results[value.name]?.data ?? []),
      );
    }
  });
});

describe("gradients of gradients", () => {
  it("give the Hessian-vector product of a perceptron, as differences of its gradient do", () => {
    const g = new Builder("hvp");
    const rng = rngOf(7, "hvp");
    const random = (...dims: number[]) =>
      ref(
        "float32",
        dims,
        Float64Array.from({ length: dims.reduce((n, d) => n * d, 1) }, () => rng.normal()),
      );
    const feeds: Record<string, RefTensor> = {
      x: random(5, 3),
      t: random(5, 2),
      w1: random(3, 4),
      b1: random(4),
      w2: random(4, 2),
    };
    const values = Object.fromEntries(
      Object.entries(feeds).map(([name, t]) => [name, g.input(name, "float32", t.dims)]),
    );
    const weights = ["w1", "b1", "w2"];
    const at = (name: string) => values[name] ?? g.input(name, "float32", []);
    const hidden = g.Tanh(g.Add(g.MatMul(at("x"), at("w1")), at("b1")));
    const error = g.Sub(g.MatMul(hidden, at("w2")), at("t"));
    const loss = g.ReduceMean(g.Mul(error, error), undefined, { keepdims: 0 });
    const first = gradients(g, loss, weights.map(at)).filter((v) => v !== undefined);
    const direction = weights.map((name) => {
      const made = random(...(feeds[name]?.dims ?? []));
      feeds[`v_${name}`] = made;
      return g.input(`v_${name}`, "float32", made.dims);
    });
    const dots = first.map((d, i) => g.ReduceSum(g.Mul(d, direction[i] ?? d), undefined, { keepdims: 0 }));
    const products = gradients(
      g,
      dots.reduce((a, b) => g.Add(a, b)),
      weights.map(at),
    );
    const graph = g.finish([...first, ...products.filter((v) => v !== undefined)]);
    expect(verifyGraph(graph)).toEqual([]);

    const run = (step: number) => {
      const moved = { ...feeds };
      for (const name of weights) {
        const [base, v] = [feeds[name], feeds[`v_${name}`]];
        if (base === undefined || v === undefined) continue;
        moved[name] = { ...base, data: base.data.map((w, i) => w + step * (v.data[i] ?? 0)) };
      }
      return interpret(graph, moved);
    };
    const h = 1e-3;
    const [exact, ahead, behind] = [run(0), run(h), run(-h)];
    products.forEach((product, i) => {
      const gradient = first[i]?.name ?? "";
      const got = exact[product?.name ?? ""]?.data ?? new Float64Array();
      expect(got.length).toBe(feeds[weights[i] ?? ""]?.data.length);
      const [up, down] = [ahead[gradient]?.data ?? [], behind[gradient]?.data ?? []];
      got.forEach((value, k) => {
        expect(value).toBeCloseTo(((up[k] ?? 0) - (down[k] ?? 0)) / (2 * h), 4);
      });
    });
  });
});

describe("what cannot be differentiated", () => {
  it("names the node, the operator and the way out", () => {
    const g = new Builder("det");
    const x = g.input("x", "float32", [3]);
    const body = g.subgraph("steps", [{ name: "x", dtype: "float32", shape: [] }], (b, slice) => {
      const held = b.Unsqueeze(slice ?? x, b.i64([0]));
      return [b.scope("encoder", () => b.op1("Unique", [held]))];
    });
    const [y] = g.Scan([x], { body, num_scan_inputs: 1 });
    if (y === undefined) return expect(y).toBeDefined();
    expect(() => gradients(g, g.ReduceSum(y, undefined, { keepdims: 0 }), [x])).toThrow(
      /^gradient_none at steps\/encoder\/Unique_0: received Unique\. /,
    );
  });

  it("refuses operators of other domains where a gradient must pass, and only there", () => {
    const g = new Builder("custom");
    const x = g.input("x", "float32", [2]);
    const made = Value.of("made", "float32", [2]);
    const node: Node = {
      opType: "Mystery",
      domain: "com.example",
      name: "strange",
      inputs: [x],
      outputs: [made],
      attributes: {},
    };
    g.append(node);
    const y = g.ReduceSum(made, undefined, { keepdims: 0 });
    expect(() => gradients(g, y, [x])).toThrow(
      /^gradient_unknown at strange: received com\.example::Mystery\. Only ai\.onnx operators/,
    );
    expect(gradients(g, y, [made])[0]?.shape).toEqual([2]);
  });
});
