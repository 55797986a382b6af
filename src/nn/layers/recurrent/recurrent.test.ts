/** Recurrent layers: against their own cells, and by what must hold of any recurrence. */
import { describe, expect, it, vi } from "vitest";
import { gradients } from "../../../autodiff/index.js";
import { rngOf } from "../../../base/index.js";
import { tensor, type Value } from "../../../ir/index.js";
import { type RefTensor, ref } from "../../../ops/index.js";
import { ortNode } from "../../../runtime/index.js";
import { randomTensor, runLayer } from "../../../testing/run-layer.js";
import { phase, streamOf, fit as train } from "../../../train/index.js";
import {
  adamW,
  constant,
  crossEntropy,
  gru,
  gruCell,
  linear,
  lstm,
  lstmCell,
  type NetworkBuilder,
  type RecurrentLayerOptions,
  rnn,
  rnnCell,
} from "../../index.js";

const [N, T, C, H] = [3, 5, 2, 4];
type Layer = (
  g: NetworkBuilder,
  x: Value,
  options: RecurrentLayerOptions & { cell?: Value },
) => { states: Value; hidden: Value; cell?: Value };
const LAYERS: Readonly<Record<string, Layer>> = {
  rnn: (g, x, { cell: _, ...options }) => rnn(g, x, H, options),
  gru: (g, x, { cell: _, ...options }) => gru(g, x, H, options),
  "gru, reset before": (g, x, { cell: _, ...options }) => gru(g, x, H, { ...options, reset: "before" }),
  lstm: (g, x, options) => lstm(g, x, H, options),
};

const close = (a: ArrayLike<number> | undefined, b: ArrayLike<number> | undefined) => {
  expect(a?.length).toBe(b?.length);
  Array.from(a ?? []).forEach((v, i) => {
    expect(v).toBeCloseTo(b?.[i] ?? Number.NaN, 6);
  });
};
const x = randomTensor("x", [N, T, C]);
const steps = (v: RefTensor, from: number, to: number) => {
  const [, length = 0, width = 0] = v.dims;
  const data = Array.from({ length: N }, (_, n) =>
    Array.from(v.data.slice((n * length + from) * width, (n * length + to) * width)),
  ).flat();
  return ref("float32", [N, to - from, width], Float64Array.from(data));
};

describe("a recurrent layer", () => {
  it.each(Object.keys(LAYERS))("%s: a sequence in two parts, states handed on, equals the whole", (name) => {
    const layer = LAYERS[name];
    if (layer === undefined) return;
    const run = (inputs: Record<string, RefTensor>) =>
      runLayer(inputs, (g, { x, hidden, cell }) => {
        const it = g.shared("layer", () =>
          layer(g, x as Value, { layers: 2, ...(hidden && { hidden }), ...(cell && { cell }) }),
        );
        return [it.states, it.hidden, ...(it.cell ? [it.cell] : [])];
      });
    const [whole, end, endCell] = run({ x });
    const [first, middle, middleCell] = run({ x: steps(x, 0, 2) });
    const state = (data: Float64Array | undefined) => ref("float32", [2, N, H], data ?? new Float64Array());
    const [second, last, lastCell] = run({
      x: steps(x, 2, T),
      hidden: state(middle),
      ...(middleCell && { cell: state(middleCell) }),
    });
    close(last, end);
    close(lastCell, endCell);
    const all = ref("float32", [N, T, H], whole ?? new Float64Array());
    close(first, steps(all, 0, 2).data);
    close(second, steps(all, 2, T).data);
  });

  it.each(Object.keys(LAYERS))("%s: what lies beyond a sequence's end changes nothing", (name) => {
    const layer = LAYERS[name];
    if (layer === undefined) return;
    const lengths = [5, 2, 1];
    const at = (fill: number) =>
      ref(
        "float32",
        x.dims,
        Float64Array.from(x.data, (v, i) =>
          Math.floor(i / C) % T < (lengths[Math.floor(i / (T * C))] ?? 0) ? v : fill,
        ),
      );
    const run = (input: RefTensor) =>
      runLayer({ x: input, lengths: ref("int32", [N], Float64Array.from(lengths)) }, (g, { x, lengths }) => {
        const it = layer(g, x, { layers: 2, direction: "bidirectional", lengths });
        const [dx] = gradients(g, g.ReduceSum(g.Mul(it.states, it.states)), [x]);
        return [it.states, it.hidden, ...(dx ? [dx] : [])];
      });
    const [one, other] = [run(at(0)), run(at(7))];
    one.forEach((values, i) => {
      close(values, other[i]);
    });
    const dx = one[2] ?? [];
    Array.from(dx).forEach((v, i) => {
      const real = Math.floor(i / C) % T < (lengths[Math.floor(i / (T * C))] ?? 0);
      expect(v !== 0).toBe(real);
    });
  });

  it("equals its cells, step by step", () => {
    const results = (body: (g: NetworkBuilder, x: Value, t: (i: number) => Value) => Value) =>
      runLayer({ x }, (g, { x }) => body(g, x, (i) => g.Gather(x, g.scalar(i, "int64"), { axis: 1 })))[0];
    const zeros = (g: NetworkBuilder) => g.constant(tensor("float32", [N, H], new Float32Array(N * H)));
    const over = (g: NetworkBuilder, step: (h: Value, t: number) => Value) => {
      let h = zeros(g);
      for (let t = 0; t < T; t++) h = g.shared("layer", () => step(h, t));
      return h;
    };
    close(
      results((g, x) => g.shared("layer", () => rnn(g, x, H, { bias: true })).hidden),
      results((g, _, at) => over(g, (h, t) => rnnCell(g, at(t), h))),
    );
    for (const reset of ["before", "after"] as const) {
      close(
        results((g, x) => g.shared("layer", () => gru(g, x, H, { reset })).hidden),
        results((g, _, at) => over(g, (h, t) => gruCell(g, at(t), h, { reset }))),
      );
    }
    close(
      results((g, x) => g.shared("layer", () => lstm(g, x, H)).hidden),
      results((g, _, at) => {
        let cell = zeros(g);
        return over(g, (h, t) => {
          const next = lstmCell(g, at(t), { hidden: h, cell });
          cell = next.cell;
          return next.hidden;
        });
      }),
    );
  });

  it("has the same gradient written out and as a Scan over an unknown length", () => {
    for (const [name, layer] of Object.entries(LAYERS)) {
      const grads = (open: boolean) => {
        let scans = 0;
        const out = runLayer(
          { x },
          (g, { x }) => {
            const scan = vi.spyOn(g, "Scan");
            const it = layer(g, x, { direction: "bidirectional" });
            const wrt = [x, ...g.params.map(({ value }) => value)];
            const found = gradients(g, g.ReduceSum(g.Mul(it.states, it.states)), wrt);
            const results = found.flatMap((v) => v ?? []);
            scans = scan.mock.calls.length;
            return results;
          },
          open ? { shapes: { x: [N, "steps", C] } } : {},
        );
        return { out, scans };
      };
      const [written, scanned] = [grads(false), grads(true)];
      expect(written.out.length, name).toBe(7);
      expect(written.scans).toBe(0);
      expect(scanned.scans).toBeGreaterThan(0);
      written.out.forEach((values, i) => {
        close(values, scanned.out[i]);
      });
    }
  });
});

it("learns which of two marked numbers is greater, across a gap that it must remember", async () => {
  const length = 12;
  const make = (count: number, seed: number) => {
    const rng = rngOf(seed, "marked");
    const rows: number[] = [];
    const labels: number[] = [];
    for (let n = 0; n < count; n++) {
      const at = [Math.floor(rng.float() * 5), 6 + Math.floor(rng.float() * 5)];
      const values = Array.from({ length }, () => rng.float());
      for (let t = 0; t < length; t++) rows.push(values[t] ?? 0, at.includes(t) ? 1 : 0);
      labels.push((values[at[0] ?? 0] ?? 0) > (values[at[1] ?? 0] ?? 0) ? 1 : 0);
    }
    return streamOf({ x: tensor("float32", [count, length, 2], rows), y: tensor("int32", [count], labels) });
  };
  type Fields = Record<"x" | "y", Value>;
  const network = (g: NetworkBuilder, { x }: Fields) => {
    const { hidden } = g.scope("lstm", () => lstm(g, x, 16));
    return g.scope("out", () => linear(g, g.Squeeze(hidden, g.i64([0])), 2));
  };
  const result = await train(ortNode, {
    phases: phase({
      ...{ data: make(512, 1), batchSize: 32, network, optimizer: adamW(), schedule: constant(0.02) },
      loss: (g: NetworkBuilder, logits: Value, { y }: Fields) => crossEntropy(g, logits, y),
    }),
    epochs: 25,
    seed: 3,
  });
  const losses = result.epochs.map(({ phases }) => Object.values(phases)[0]?.loss ?? Number.NaN);
  expect(losses[0]).toBeGreaterThan(0.6);
  expect(losses.at(-1)).toBeLessThan(0.3);
});
