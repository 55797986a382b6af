import { describe, expect, it } from "vitest";
import { replay, type StoredEvent, type StudyEvent } from "./index.js";

const log = (...events: StudyEvent[]): StoredEvent[] =>
  events.map((event, i) => ({ seq: i + 1, atMs: 10 * i, event }));
const asked: StudyEvent = {
  kind: "asked",
  trial: 3,
  genotype: [1],
  hash: "h",
  origin: "random",
  static: { params: 5 },
};
const started = (rung: number, attempt: number): StudyEvent => ({
  kind: "started",
  trial: 3,
  attempt,
  rung,
  worker: "w",
});
const told = (rung: number, score?: number): StudyEvent => ({
  kind: "told",
  trial: 3,
  rung,
  metrics: { m: rung },
  ...(score !== undefined && { score }),
});
const report = (rung: number, epoch: number, loss: number): StudyEvent => ({
  kind: "reported",
  trial: 3,
  rung,
  epoch,
  metrics: { loss },
});

describe("replay", () => {
  it("of nothing is the empty study", () => {
    expect(replay([])).toMatchObject({ phase: "created", nextTrial: 0, seq: 0, config: null });
  });

  it("follows a trial through its rungs, with times and workers for a timeline", () => {
    const state = replay(log(asked, started(0, 1), told(0, 0.5), started(1, 1), told(1, 0.6)));
    expect(state.nextTrial).toBe(4);
    expect(state.trials.get(3)).toEqual({
      trial: 3,
      phase: "waiting",
      genotype: [1],
      hash: "h",
      origin: "random",
      static: { params: 5 },
      askedAtMs: 0,
      requeues: 0,
      latest: { rung: 1, attempt: 1, worker: "w", startedAtMs: 30 },
      rungs: [
        { rung: 0, attempt: 1, worker: "w", startedAtMs: 10, toldAtMs: 20, metrics: { m: 0 }, score: 0.5 },
        { rung: 1, attempt: 1, worker: "w", startedAtMs: 30, toldAtMs: 40, metrics: { m: 1 }, score: 0.6 },
      ],
      score: 0.6,
      curve: [],
    });
  });

  it("keeps the curve in order of rung and epoch; a repeated point replaces the former", () => {
    const points = [report(0, 2, 8), report(0, 1, 9), report(1, 3, 5), report(0, 2, 7)];
    const curve = replay(log(asked, ...points)).trials.get(3)?.curve;
    expect(curve?.map(({ rung, epoch, metrics }) => [rung, epoch, metrics])).toEqual([
      [0, 1, { loss: 9 }],
      [0, 2, { loss: 7 }],
      [1, 3, { loss: 5 }],
    ]);
  });

  it("requeues lost work under the next attempt; the late word of the lost worker does not fail it", () => {
    const requeued: StudyEvent = { kind: "requeued", trial: 3, rung: 0, attempt: 2, reason: "worker killed" };
    const lost = replay(log(asked, started(0, 1), requeued, requeued));
    expect(lost.trials.get(3)).toMatchObject({ phase: "asked", requeues: 1 });
    expect(lost.requeues).toBe(1);
    const back = replay(log(asked, started(0, 1), requeued, started(0, 1), started(0, 2), told(0, 1)));
    expect(back.trials.get(3)?.rungs[0]).toMatchObject({ attempt: 2, startedAtMs: 40, score: 1 });
  });

  it("lets a failed trial be tried again, and then be the best", () => {
    const failed: StudyEvent = { kind: "failed", trial: 3, rung: 1, error: { code: "worker_lost" } };
    const again: StudyEvent = { kind: "requeued", trial: 3, rung: 1, attempt: 2, reason: "again" };
    const steps = [
      asked,
      started(0, 1),
      told(0, 0.5),
      started(1, 1),
      failed,
      again,
      started(1, 2),
      told(1, 0.7),
    ];
    const at = (n: number) => replay(log(...steps.slice(0, n)));
    expect(at(5).best).toBeUndefined();
    expect(at(5).trials.get(3)).toMatchObject({ phase: "failed", error: { code: "worker_lost" } });
    expect(at(6).best).toEqual({ trial: 3, score: 0.5 });
    expect(at(6).trials.get(3)?.error).toBeUndefined();
    expect(at(8).best).toEqual({ trial: 3, score: 0.7 });
  });

  it("counts a rung told twice once, and keeps the first word", () => {
    const state = replay(log(asked, told(0, 0.5), told(0, 0.9)));
    expect(state.trials.get(3)?.rungs.length).toBe(1);
    expect(state.best).toEqual({ trial: 3, score: 0.5 });
  });
});
