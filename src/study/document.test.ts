import { describe, expect, it } from "vitest";
import type { Json } from "../base/index.js";
import { replay, type StoredEvent, type StudyEvent } from "../store/index.js";
import type { StudyConfig } from "./config.js";
import { documentOf } from "./document.js";

const config: StudyConfig = {
  format: "morph.study/1",
  data: { source: "penguins" },
  dataset: {
    ...{ name: "penguins", hash: "abc", train: 8, validation: 1, test: 1, classes: 2, notes: ["a note"] },
    task: "classification",
    classNames: ["x", "y"],
  },
  space: { name: "tabular-mlp", version: 1, size: "10" },
  strategy: { name: "random", options: {} },
  limits: { params: 1000 },
  budget: { trials: 4, timeMs: null, rungs: [1, 2], eta: 2, finalEpochs: 3, finalists: 1 },
  affordableMsPerExample: null,
  recipe: {
    ...{ batchSize: 8, optimizer: "adamw", learningRate: 0.01 },
    ...{ weightDecay: 0, labelSmoothing: 0, warmupEpochs: 0 },
  },
  seed: 3,
  workers: 1,
  pool: 1,
  provenance: {
    ...{ morphospace: "0", onnxruntime: "0", node: "v0", platform: "p", cpu: "c", cores: 1 },
    started: "2026-01-01T00:00:00.000Z",
  },
};

const costs = (params: number): Json => ({
  ...{ params, macs: params, flops: 2 * params, weightBytes: 4 * params, peakActivationBytes: 64 },
  latencyMs: params / 1000,
  proxy: 1,
  feasible: 2,
});
const asked = (trial: number, params: number, parent?: number): StudyEvent => ({
  kind: "asked",
  trial,
  genotype: { width: params },
  hash: `h${trial}`,
  origin: parent === undefined ? "random" : "mutation",
  ...(parent !== undefined && { parent }),
  static: costs(params),
});
const started = (trial: number, rung: number, attempt = 1): StudyEvent => ({
  ...{ kind: "started", trial, rung, attempt, worker: "w1" },
});
const point = (trial: number, rung: number, epoch: number, valAccuracy: number): StudyEvent => ({
  ...{ kind: "reported", trial, rung, epoch },
  metrics: { epoch, trainLoss: 1, valLoss: 1, valAccuracy, learningRate: 0.1 },
});
const told = (trial: number, rung: number, score: number, epochs: number): StudyEvent => ({
  ...{ kind: "told", trial, rung, score, checkpoint: `c${trial}-${rung}` },
  metrics: { score, loss: 1, epochs, seconds: 0.5 },
});

/** A log with one event each 100 ms. */
function logOf(...events: readonly StudyEvent[]): StoredEvent[] {
  const all: StudyEvent[] = [{ kind: "created", config: config as unknown as Json }, ...events];
  return all.map((event, i) => ({ seq: i + 1, atMs: 1_000_000 + 100 * i, event }));
}

const search = [
  asked(0, 100),
  started(0, 0),
  point(0, 0, 1, 0.5),
  told(0, 0, 0.5, 1),
  { kind: "rejected", count: 2, reasons: { params: 2 }, smallest: costs(1500) },
  asked(1, 400, 0),
  started(1, 0),
  point(1, 0, 1, 0.7),
  told(1, 0, 0.7, 1),
  started(1, 1),
  point(1, 1, 2, 0.9),
  told(1, 1, 0.9, 2),
  asked(2, 200),
  started(2, 0),
  { kind: "failed", trial: 2, rung: 0, error: { code: "training_diverged", received: "NaN" } },
  asked(3, 300),
  started(3, 0),
  point(3, 0, 1, 0.4),
] satisfies StudyEvent[];

describe("documentOf", () => {
  const document = documentOf("birds", replay(logOf(...search)), true);

  it("says where each trial stands", () => {
    expect(document.state).toBe("running");
    expect(
      document.trials.map(({ number, state, valAccuracy, epochs, rung }) => ({
        ...{ number, state, valAccuracy, epochs, rung },
      })),
    ).toEqual([
      { number: 0, state: "waiting", valAccuracy: 0.5, epochs: 1, rung: 0 },
      { number: 1, state: "complete", valAccuracy: 0.9, epochs: 2, rung: 1 },
      { number: 2, state: "failed", valAccuracy: null, epochs: 0, rung: 0 },
      { number: 3, state: "running", valAccuracy: null, epochs: 0, rung: 0 },
    ]);
    const [, second, third] = document.trials;
    expect(second).toMatchObject({ origin: "mutation", parent: 0, params: 400, latencyMs: 0.4, seconds: 1 });
    expect(second?.curve.map(({ epoch, valAccuracy }) => [epoch, valAccuracy])).toEqual([
      [1, 0.7],
      [2, 0.9],
    ]);
    expect(second?.spans).toEqual([
      { rung: 0, worker: "w1", startMs: 600, endMs: 800 },
      { rung: 1, worker: "w1", startMs: 900, endMs: 1100 },
    ]);
    expect(third?.error).toMatchObject({ code: "training_diverged", received: "NaN" });
    expect(document.trials[0]).not.toHaveProperty("parent");
  });

  it("counts what was refused, and the share that kept every limit", () => {
    expect(document.rejected).toMatchObject({ count: 2, reasons: { params: 2 }, smallest: { params: 1500 } });
    // Two feasible candidates behind each of four trials, two refused.
    expect(document.feasibleShare).toBeCloseTo(0.8);
  });

  it("puts on the front what no other beats in score, params, MACs and latency", () => {
    expect(document.pareto).toEqual([0, 1]);
  });

  it("has no winner before the end, and says so", () => {
    expect(document.best).toBeNull();
    expect(document.provenance.sessions).toBe(1);
    expect(documentOf("birds", replay(logOf(...search)), false).state).toBe("interrupted");
  });

  it("settles what waits when the study is finished", () => {
    const final = {
      best: { number: 1, testAccuracy: 0.8 },
      baselines: { constant: 0.4, linear: 0.6 },
      seconds: 9,
    };
    const ended = documentOf(
      "birds",
      replay(
        logOf(
          ...search,
          { kind: "resumed" },
          { kind: "requeued", trial: 3, rung: 0, attempt: 2, reason: "the process ended" },
          { kind: "final", trial: 1, result: final },
          { kind: "finished", reason: "budget spent" },
        ),
      ),
      true,
    );
    expect(ended).toMatchObject({
      state: "finished",
      seconds: 9,
      best: { number: 1 },
      baselines: { linear: 0.6 },
    });
    expect(ended.trials.map(({ state }) => state)).toEqual(["stopped", "complete", "failed", "waiting"]);
    expect(ended.provenance.sessions).toBe(2);
  });

  it("is plain JSON, a function of the log alone", () => {
    const text = JSON.stringify(document);
    expect(JSON.stringify(JSON.parse(text))).toBe(text);
    expect(documentOf("birds", replay(logOf(...search)), true)).toEqual(document);
  });

  it("of a log with nothing in it has no trials and no nonsense", () => {
    const empty = documentOf("birds", replay(logOf()), false);
    expect(empty).toMatchObject({ trials: [], pareto: [], feasibleShare: 1, seconds: 0, best: null });
  });

  it("refuses a log of another version", () => {
    const log = [{ seq: 1, atMs: 0, event: { kind: "created", config: { format: "else" } } }] as const;
    expect(() => documentOf("birds", replay(log), false)).toThrow(/study_format at birds/);
  });
});
