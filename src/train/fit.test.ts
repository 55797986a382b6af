import { afterEach, describe, expect, it, vi } from "vitest";
import { rngOf } from "../base/index.js";
import { tensor, type Value, verifyGraph } from "../ir/index.js";
import {
  adamW,
  batchNorm,
  constant,
  cosine,
  crossEntropy,
  dropout,
  ema,
  linear,
  meanSquaredError,
  type NetworkBuilder,
  sgd,
} from "../nn/index.js";
import { ortNode } from "../runtime/index.js";
import { decodeFitState, encodeFitState } from "./fit-state.js";
import {
  evaluation,
  Fit,
  type FitEvent,
  type FitOptions,
  type FitState,
  phase,
  fit as train,
} from "./index.js";
import { sequential } from "./sampler.js";
import { streamOf } from "./stream.js";

/** Two noisy clusters in `features` dimensions. */
function clusters(length: number, seed = 1, features = 4) {
  const rng = rngOf(seed, "clusters");
  const labels = Array.from({ length }, (_, i) => i % 2);
  const x = labels.flatMap((label) =>
    Array.from({ length: features }, () => rng.normal() + (label === 0 ? -1 : 1)),
  );
  return streamOf({ x: tensor("float32", [length, features], x), y: tensor("int32", [length], labels) });
}

const perceptron = (g: NetworkBuilder, { x }: { readonly x: Value }) => {
  const h = g.scope("hidden", () => g.Relu(batchNorm(g, linear(g, x, 8))));
  return g.scope("out", () => linear(g, dropout(g, h, 0.2), 2));
};
const loss = (g: NetworkBuilder, logits: Value, { y }: { readonly y: Value }) => crossEntropy(g, logits, y);
const metrics = (g: NetworkBuilder, logits: Value, { y }: { readonly y: Value }) => {
  const hits = g.Equal(g.Cast(g.ArgMax(logits, { axis: 1, keepdims: 0 }), { to: 6 }), y);
  return {
    loss: crossEntropy(g, logits, y),
    accuracy: g.ReduceMean(g.Cast(hits, { to: 1 }), undefined, { keepdims: 0 }),
  };
};

function options(over: Partial<FitOptions> = {}): FitOptions {
  return {
    phases: phase({
      data: clusters(50),
      batchSize: 8,
      network: perceptron,
      loss,
      optimizer: ema(adamW()),
      schedule: cosine(0.05),
    }),
    evaluations: evaluation({ data: clusters(33, 2), batchSize: 8, network: perceptron, metrics }),
    epochs: 4,
    seed: 3,
    ...over,
  };
}

async function events(of: FitOptions, from?: FitState): Promise<{ events: FitEvent[]; state: FitState }> {
  await using it = await Fit.create(ortNode, of);
  const seen: FitEvent[] = [];
  for await (const event of it.run({ from })) seen.push(event);
  return { events: seen, state: it.state };
}
const epochsOf = (list: readonly FitEvent[]) => list.filter((event) => event.kind === "epoch");

/** A clock that makes every run look as if it took this long. */
function clock(tickMs: number) {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => {
    now += tickMs;
    return now;
  });
}
afterEach(() => {
  vi.restoreAllMocks();
});

describe("fit", () => {
  it("learns, evaluates inside, and gives a model whose predictions are those of the evaluation", async () => {
    const result = await train(ortNode, options({ epochs: 8 }));
    expect(result.epochs.length).toBe(8);
    const last = result.epochs.at(-1);
    expect(last?.evaluations.validation?.accuracy).toBeGreaterThan(0.85);
    expect(last?.phases.train?.loss).toBeLessThan(result.epochs[0]?.phases.train?.loss ?? 0);
    const model = result.toModel([{ name: "x", dtype: "float32", shape: [4] }], (g, [x]) => {
      if (x === undefined) throw new Error("no input");
      return { logits: perceptron(g, { x }) };
    });
    expect(verifyGraph(model.graph)).toEqual([]);
    const held = clusters(33, 2).whole;
    await using session = await ortNode.load(model);
    const { logits } = await session.run({ x: held?.x ?? tensor("float32", [0], []) });
    const right = Array.from({ length: 33 }, (_, i) => {
      const [a = 0, b = 0] = [logits?.data[2 * i], logits?.data[2 * i + 1]].map(Number);
      return Number(a < b) === i % 2;
    }).filter(Boolean).length;
    expect(right / 33).toBeCloseTo(Number(last?.evaluations.validation?.accuracy), 6);
  });

  it("is the same bit for bit however it is cut, in one run an epoch too", async () => {
    const whole = await events(options({ sliceMs: Number.POSITIVE_INFINITY }));
    expect(whole.events.filter((event) => event.kind === "progress").length).toBe(4);
    for (const tickMs of [0, 100_000]) {
      clock(tickMs);
      const cut = await events(options());
      vi.restoreAllMocks();
      expect(cut.state).toEqual(whole.state);
      expect(epochsOf(cut.events)).toEqual(epochsOf(whole.events));
    }
  });

  it("goes on from a stored state in the middle of an epoch as if never stopped", async () => {
    const whole = await events(options());
    await using it = await Fit.create(ortNode, options());
    let stored: Uint8Array | undefined;
    clock(100_000);
    for await (const event of it.run()) {
      if (event.kind !== "progress" || event.epoch !== 2 || event.round !== 3) continue;
      stored = encodeFitState(it.state);
      break;
    }
    vi.restoreAllMocks();
    if (stored === undefined) throw new Error("no state");
    const rest = await events(options(), decodeFitState(stored));
    expect(rest.state).toEqual(whole.state);
    expect(epochsOf(rest.events)).toEqual(epochsOf(whole.events).slice(1));
  });

  it("adds up gradients of small batches to that of the large one", async () => {
    const plain = (g: NetworkBuilder, { x }: { readonly x: Value }) => linear(g, x, 2);
    const of = (batchSize: number, accumulate: number) => ({
      phases: phase({
        data: clusters(48),
        batchSize,
        accumulate,
        network: plain,
        loss: (g, logits, { y }) => ({
          loss: crossEntropy(g, logits, y),
          mean: g.ReduceMean(logits, undefined, { keepdims: 0 }),
        }),
        optimizer: sgd(),
        schedule: constant(0.1),
      }),
      epochs: 3,
    });
    const [large, small] = [await train(ortNode, of(24, 1)), await train(ortNode, of(6, 4))];
    for (const [name, { data }] of Object.entries(large.parameters)) {
      const other = small.parameters[name]?.data ?? [];
      Array.from(data as Float32Array).forEach((value, i) => {
        expect(Number(other[i])).toBeCloseTo(value, 5);
      });
    }
    expect(small.epochs.at(-1)?.phases.train?.loss).toBeCloseTo(
      large.epochs.at(-1)?.phases.train?.loss ?? 0,
      5,
    );
    expect(small.epochs.at(-1)?.phases.train?.mean).toBeCloseTo(
      Number(large.epochs.at(-1)?.phases.train?.mean),
      5,
    );
  });

  it("weighs mini-batches and evaluations by their masks", async () => {
    const length = 12;
    const mask: number[] = Array.from({ length }, (_, i) => (i % 5 === 0 ? 0 : 1));
    const values = Array.from({ length }, (_, i) => i);
    const data = streamOf({
      x: tensor("float32", [length], values),
      mask: tensor("float32", [length], mask),
    });
    const masked = (g: NetworkBuilder, { x, mask: m }: { readonly x: Value; readonly mask: Value }) => {
      const w = g.param("w", [], { init: { kind: "constant", value: 2 } });
      const weight = g.ReduceSum(m, undefined, { keepdims: 0 });
      const sum = g.ReduceSum(g.Mul(g.Mul(x, w), m), undefined, { keepdims: 0 });
      return { loss: g.Div(sum, g.Max([weight, g.scalar(1)])), weight };
    };
    const identity = <T>(_: NetworkBuilder, outputs: T): T => outputs;
    const result = await train(ortNode, {
      phases: phase({
        data,
        batchSize: 3,
        accumulate: 4,
        order: sequential,
        network: masked,
        loss: identity,
        optimizer: sgd({ momentum: 0 }),
        schedule: constant(0.5),
      }),
      evaluations: evaluation({ data, batchSize: 5, network: masked, metrics: identity }),
      epochs: 1,
    });
    const mean = values.reduce((sum, v, i) => sum + v * (mask[i] ?? 0), 0) / mask.reduce((a, b) => a + b, 0);
    expect(result.epochs[0]?.phases.train?.loss).toBeCloseTo(2 * mean, 4);
    expect(result.parameters.w?.data[0]).toBeCloseTo(2 - 0.5 * mean, 4);
    expect(result.epochs[0]?.evaluations.validation?.loss).toBeCloseTo((2 - 0.5 * mean) * mean, 4);
  });
});

describe("phases", () => {
  /** y = a·x by weights on one stream, and the offset b on another: by hand, step by step. */
  it("take turns on two groups of parameters and two streams, as by hand", async () => {
    const first = streamOf({
      x: tensor("float32", [4], [1, 2, 3, 4]),
      y: tensor("float32", [4], [2, 4, 6, 8]),
    });
    const second = streamOf({ z: tensor("float32", [2], [5, 7]) });
    const a = (g: NetworkBuilder) => g.param("a", [], { init: { kind: "constant", value: 1 } });
    const b = (g: NetworkBuilder) => g.param("b", [], { init: { kind: "constant", value: 0 } });
    const rates = { weights: 0.01, offset: 0.1 };
    const result = await train(ortNode, {
      phases: [
        phase({
          name: "weights",
          data: first,
          batchSize: 2,
          order: sequential,
          network: (g, { x }) => g.Add(g.Mul(x, a(g)), b(g)),
          loss: (g, out, { y }) => meanSquaredError(g, out, y),
          parameters: "a",
          optimizer: sgd({ momentum: 0.9 }),
          schedule: constant(rates.weights),
          steps: 2,
        }),
        phase({
          name: "offset",
          data: second,
          batchSize: 1,
          order: sequential,
          network: (g, { z }) => g.Sub(g.Mul(z, a(g)), b(g)),
          loss: (g, out) => g.ReduceMean(g.Mul(out, out), undefined, { keepdims: 0 }),
          parameters: "b",
          optimizer: sgd({ momentum: 0 }),
          schedule: constant(rates.offset),
        }),
      ],
      epochs: 3,
    });
    let [wa, wb, v] = [1, 0, 0];
    const losses: number[] = [];
    for (let round = 0; round < 3; round++) {
      for (const [x1, x2] of [
        [1, 2],
        [3, 4],
      ] as const) {
        const grad = [x1, x2].reduce((sum, x) => sum + (2 * (wa * x + wb - 2 * x) * x) / 2, 0);
        v = 0.9 * v + grad;
        wa -= rates.weights * v;
      }
      const z = [5, 7][round % 2] ?? 0;
      losses.push((z * wa - wb) ** 2);
      wb -= rates.offset * -2 * (z * wa - wb);
    }
    expect(result.state.program.round).toBe(3);
    expect(result.parameters.a?.data[0]).toBeCloseTo(wa, 4);
    expect(result.parameters.b?.data[0]).toBeCloseTo(wb, 3);
    result.epochs.forEach((event, i) => {
      expect(Math.abs((event.phases.offset?.loss ?? 0) / (losses[i] ?? 1) - 1)).toBeLessThan(1e-4);
    });
  });

  it("may read several streams at once, and none", async () => {
    const result = await train(ortNode, {
      phases: [
        phase({
          name: "both",
          data: {
            labelled: { stream: clusters(20), batchSize: 4 },
            unlabelled: {
              stream: streamOf({ x: tensor("float32", [30, 4], new Array(120).fill(0.5)) }),
              batchSize: 6,
            },
          },
          network: (g, { labelled, unlabelled }) => {
            const classify = (x: Value) => g.shared("net", () => linear(g, x, 2));
            return { known: classify(labelled.x), guess: classify(unlabelled.x) };
          },
          loss: (g, { known, guess }, { labelled }) =>
            g.Add(
              crossEntropy(g, known, labelled.y),
              g.ReduceMean(g.Mul(guess, guess), undefined, { keepdims: 0 }),
            ),
          optimizer: sgd(),
          schedule: constant(0.05),
        }),
        phase({
          name: "alone",
          data: undefined,
          network: (g) => g.param("free", [2], { init: { kind: "constant", value: 1 } }),
          loss: (g, free) => g.ReduceSum(g.Mul(free, free), undefined, { keepdims: 0 }),
          optimizer: sgd({ momentum: 0 }),
          schedule: constant(0.25),
        }),
      ],
      epochs: 4,
    });
    expect(Object.keys(result.parameters).sort()).toEqual(["free", "net/bias", "net/weight"]);
    // Five rounds an epoch, each halves it.
    expect(result.parameters.free?.data[0]).toBeCloseTo(2 ** -20, 12);
    expect(result.epochs.at(-1)?.phases.both?.loss).toBeLessThan(result.epochs[0]?.phases.both?.loss ?? 0);
  });
});

describe("early stopping", () => {
  /** A loss that falls for three epochs and then rises: w walks past the target of the evaluation. */
  const walking = (over: Partial<FitOptions> = {}): FitOptions => {
    const data = streamOf({ x: tensor("float32", [2], [1, 1]) });
    const w = (g: NetworkBuilder) => g.param("w", [], { init: { kind: "constant", value: 0 } });
    return {
      phases: phase({
        data,
        batchSize: 2,
        network: w,
        loss: (g, value) => g.Neg(value),
        optimizer: sgd({ momentum: 0 }),
        schedule: constant(1),
      }),
      evaluations: evaluation({
        data,
        network: w,
        metrics: (g, value) => ({ loss: g.Abs(g.Sub(value, g.scalar(3))) }),
      }),
      epochs: 20,
      ...over,
    };
  };

  it("waits for its patience, and gives the best weights", async () => {
    const result = await train(
      ortNode,
      walking({ earlyStopping: { monitor: "validation/loss", patience: 4 } }),
    );
    expect([result.stopped, result.epochs.length]).toEqual(["patience", 7]);
    expect(result.epochs.map((e) => e.improved)).toEqual([true, true, true, false, false, false, false]);
    expect(Number(result.parameters.w?.data[0])).toBe(3);
    const last = await train(
      ortNode,
      walking({ earlyStopping: { monitor: "validation/loss", patience: 4, restoreBest: false } }),
    );
    expect(Number(last.parameters.w?.data[0])).toBe(7);
  });

  it("lowers the rate on a plateau", async () => {
    const { phases, ...rest } = walking({ epochs: 8 });
    const plateau = { monitor: "validation/loss", patience: 1, factor: 0.5 };
    const result = await train(ortNode, {
      ...rest,
      phases: [phases].flat().map((it) => ({ ...it, plateau })),
    });
    // Best at 3; epochs 4 and 5 do not better it, nor 6 and 7 at half the rate.
    expect(result.epochs.map((e) => e.phases.train?.learningRate)).toEqual([1, 1, 1, 1, 1, 0.5, 0.5, 0.25]);
  });

  it("refuses to watch what is not there", async () => {
    const bad = (monitor: string) => train(ortNode, walking({ earlyStopping: { monitor, patience: 1 } }));
    await expect(bad("validation")).rejects.toThrow(/fit_option at monitor/);
    await expect(bad("test/loss")).rejects.toThrow(/validation/);
    await expect(bad("validation/accuracy")).rejects.toThrow(/a number of validation: loss/);
  });
});

describe("what cannot be", () => {
  const good = () => ({
    data: clusters(8),
    batchSize: 4,
    network: perceptron,
    loss,
    optimizer: sgd(),
    schedule: constant(0.1),
  });

  it("is refused in words", async () => {
    expect(() => phase({ ...good(), steps: 0 })).toThrow(/fit_option at train.steps.*at least 1.*received 0/);
    expect(() => phase({ ...good(), name: "a b" })).toThrow(/fit_option/);
    const { batchSize: _, ...without } = good();
    expect(() => phase(without)).toThrow(/train.batchSize/);
    await expect(train(ortNode, { phases: phase(good()), epochs: 0 })).rejects.toThrow(
      /fit_option at epochs/,
    );
    await expect(train(ortNode, { phases: [phase(good()), phase(good())], epochs: 1 })).rejects.toThrow(
      /phase train/,
    );
    await expect(
      train(ortNode, { phases: phase({ ...good(), parameters: "nothing" }), epochs: 1 }),
    ).rejects.toThrow(/phase_parameters/);
    await expect(
      train(ortNode, { phases: phase(good()), epochs: 1, initial: { nope: new Float32Array(1) } }),
    ).rejects.toThrow(/parameter_unknown at nope/);
    const constantLoss = phase({ ...good(), loss: (g: NetworkBuilder) => g.scalar(1) });
    await expect(train(ortNode, { phases: constantLoss, epochs: 1 })).rejects.toThrow(/loss_constant/);
    const perExample = phase({
      ...good(),
      loss: (g, logits) => g.ReduceSum(logits, g.i64([1]), { keepdims: 0 }),
    });
    await expect(train(ortNode, { phases: perExample, epochs: 1 })).rejects.toThrow(/loss_shape.*mean/);
    expect(() => streamOf({ x: tensor("float32", [2], [1, 2]), y: tensor("float32", [1], [1]) })).toThrow(
      /stream_lengths at y/,
    );
    const empty = phase({ ...good(), data: clusters(0) });
    await expect(train(ortNode, { phases: empty, epochs: 1 })).rejects.toThrow(/stream_empty|fit_option/);
    expect(() => decodeFitState(new Uint8Array([123, 10]))).toThrow(/checkpoint_corrupt/);
  });

  it("ends with the step at which a loss was not finite", async () => {
    const wild = phase({ ...good(), optimizer: sgd(), schedule: constant(1e30) });
    await expect(train(ortNode, { phases: wild, epochs: 30 })).rejects.toThrow(
      /training_diverged at train, step \d+/,
    );
  });

  it("stops when it is told to", async () => {
    const controller = new AbortController();
    const run = train(ortNode, {
      phases: phase(good()),
      epochs: 1000,
      signal: controller.signal,
      onEvent: (event) => {
        if (event.kind === "epoch" && event.epoch === 2) controller.abort(new Error("enough"));
      },
    });
    await expect(run).rejects.toThrow("enough");
  });
});
