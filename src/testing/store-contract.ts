import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { type Issue, issue, type Json, MorphError } from "../base/index.js";
import {
  replay,
  replayLog,
  type StoredEvent,
  type StudyEvent,
  type StudyStore,
  unfinished,
} from "../store/index.js";

/** A store under test. Opening again must show what the former one stored, unless it cannot last. */
export interface StoreUnderTest {
  /** An empty store. */
  open(): Promise<StudyStore>;
  /** Close and open again; absent for stores that live in memory only. */
  reopen?(store: StudyStore): Promise<StudyStore>;
}

/** What every study store must do. Call it in a test file: `storeContract("memory", { open })`. */
export function storeContract(name: string, { open, reopen }: StoreUnderTest): void {
  describe(`store contract: ${name}`, () => {
    const opened: StudyStore[] = [];
    afterEach(async () => {
      for (const store of opened.splice(0)) await store[Symbol.asyncDispose]();
    });
    const fresh = async (): Promise<StudyStore> => {
      const store = await open();
      opened.push(store);
      return store;
    };
    const again = async (store: StudyStore): Promise<StudyStore> => {
      if (reopen === undefined) return store;
      const next = await reopen(store);
      opened.push(next);
      return next;
    };

    it("keeps events in order, with their payloads, numbered without gaps", async () => {
      const store = await fresh();
      const config = {
        seed: 7,
        space: "mobile-cnn",
        limits: { params: 50000 },
        list: [1, null, "é\u0000\ud83d\ude00"],
      };
      await store.create("a", config);
      const written = await store.append("a", [asked(0), started(0), reported(0, 0, 1), told(0, 0, 0.5)]);
      expect(written.map(({ seq }) => seq)).toEqual([2, 3, 4, 5]);
      const log = await all(await again(store), "a");
      expect(log.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
      expect(log[0]?.event).toEqual({ kind: "created", config });
      expect(log.slice(1)).toEqual(written);
      expect(log.map(({ event }) => event.kind)).toEqual(["created", "asked", "started", "reported", "told"]);
    });

    it("reads on from any event", async () => {
      const store = await fresh();
      await store.create("a", null);
      const events = Array.from({ length: 1234 }, (_, trial) => asked(trial));
      await store.append("a", events);
      expect((await all(store, "a", 1230)).map(({ seq }) => seq)).toEqual([
        1230, 1231, 1232, 1233, 1234, 1235,
      ]);
      expect((await all(store, "a", 1236)).length).toBe(0);
      expect((await all(store, "a")).length).toBe(1235);
    });

    it("sees what is appended while it reads", async () => {
      const store = await fresh();
      await store.create("a", null);
      await store.append("a", [asked(0)]);
      const kinds: string[] = [];
      for await (const { event } of store.read("a")) {
        kinds.push(event.kind);
        if (event.kind === "created") await store.append("a", [asked(1)]);
      }
      expect(kinds[0]).toBe("created");
      expect((await all(store, "a")).length).toBe(3);
    });

    it("refuses a second study of a name, and strange names", async () => {
      const store = await fresh();
      await store.create("a", 1);
      await expect(store.create("a", 2)).rejects.toThrow(/^study_exists at a/);
      expect((await store.summary("a")).config).toBe(1);
      for (const bad of ["", ".", "..", "a/b", "../up", "a\nb", " a", "a ", "x".repeat(101), "-rf"]) {
        await expect(store.create(bad, 0), JSON.stringify(bad)).rejects.toThrow(/^study_name/);
      }
      await store.create("Größe 3_b-1.2", 0);
      expect((await store.studies()).map((study) => study.name).sort()).toEqual(["Größe 3_b-1.2", "a"]);
    });

    it("names the nearest study where one is unknown", async () => {
      const store = await fresh();
      await store.create("digits", null);
      const calls = [
        () => store.append("digit", []),
        () => all(store, "digit"),
        () => store.trials("digit"),
        () => store.summary("digit"),
        () => store.acquire("digit"),
        () => store.rebuild("digit"),
        () => store.remove("digit"),
      ];
      for (const call of calls)
        await expect(call()).rejects.toThrow(/^unknown_study at digit: .*Did you mean digits\?/);
    });

    it("drops what says nothing new", async () => {
      const store = await fresh();
      await store.create("a", null);
      const batch = [asked(0), started(0), told(0, 0, 0.5), told(0, 0, 0.9)];
      expect((await store.append("a", batch)).length).toBe(3);
      expect(await store.append("a", batch)).toEqual([]);
      expect(await store.append("a", [told(0, 0, 0.7), failed(0, 0)])).toEqual([]);
      const summary = await store.summary("a");
      expect(summary).toMatchObject({ trials: 1, best: { trial: 0, score: 0.5 }, seq: 4 });
      expect(summary.counts).toEqual({ asked: 0, running: 0, waiting: 1, done: 0, failed: 0 });
    });

    it("refuses a number asked twice with another genotype, and trials never asked; then nothing is kept", async () => {
      const store = await fresh();
      await store.create("a", null);
      await store.append("a", [asked(0)]);
      const other: StudyEvent = { ...asked(0), genotype: { width: 99 }, hash: "other" };
      await expect(store.append("a", [asked(1), other])).rejects.toThrow(/^trial_exists at trial 0/);
      await expect(store.append("a", [asked(1), told(5, 0, 1)])).rejects.toThrow(/^unknown_trial at trial 5/);
      expect((await all(store, "a")).length).toBe(2);
      expect((await store.summary("a")).trials).toBe(1);
    });

    it("refuses numbers that JSON does not have", async () => {
      const store = await fresh();
      await store.create("a", null);
      await store.append("a", [asked(0)]);
      const bad = [Number.NaN, Number.POSITIVE_INFINITY];
      for (const loss of bad) {
        const event: StudyEvent = { kind: "told", trial: 0, rung: 0, metrics: { loss } };
        await expect(store.append("a", [event])).rejects.toThrow(/^event_invalid at told/);
      }
      for (const trial of [-1, 0.5, Number.NaN]) {
        await expect(store.append("a", [asked(trial)])).rejects.toThrow(/^event_invalid at asked\.trial/);
      }
      await expect(store.create("b", { x: Number.NaN })).rejects.toThrow(/^event_invalid/);
      expect((await all(store, "a")).length).toBe(2);
      expect((await store.studies()).length).toBe(1);
    });

    it("keeps a copy: what the caller changes later is not changed in the log", async () => {
      const store = await fresh();
      const genotype = { width: 8 };
      await store.create("a", null);
      await store.append("a", [{ ...asked(0), genotype }]);
      genotype.width = 9;
      expect((await store.trials("a"))[0]?.genotype).toEqual({ width: 8 });
    });

    it("has one writer at a time, and fences off the former one", async () => {
      const store = await fresh();
      await store.create("a", null);
      const first = await store.acquire("a");
      await expect(store.acquire("a")).rejects.toThrow(/^study_in_use at a/);
      await expect(store.append("a", [asked(0)])).rejects.toThrow(/^study_in_use/);
      await expect(store.remove("a")).rejects.toThrow(/^study_in_use/);
      expect((await store.summary("a")).owner).toBeDefined();
      await store.append("a", [asked(0)], first);
      await first.release();
      await first.release();
      expect((await store.summary("a")).owner).toBeUndefined();
      await expect(store.append("a", [asked(1)], first)).rejects.toThrow(/^lease_lost/);
      {
        await using second = await store.acquire("a");
        expect(second.token).toBeGreaterThan(first.token);
        await expect(store.append("a", [asked(1)], first)).rejects.toThrow(/^lease_lost/);
        await store.append("a", [asked(1)], second);
        expect(second.lost.aborted).toBe(false);
      }
      await store.append("a", [asked(2)]);
      expect((await store.summary("a")).trials).toBe(3);
    });

    it("does not mistake a new study for a removed one of the same name", async () => {
      const store = await fresh();
      await store.create("a", 1);
      const lease = await store.acquire("a");
      await store.append("a", [asked(0)], lease);
      await lease.release();
      await store.remove("a");
      expect(await store.studies()).toEqual([]);
      await store.create("a", 2);
      await expect(store.append("a", [asked(0)], lease)).rejects.toThrow(/^lease_lost/);
      expect((await all(store, "a")).length).toBe(1);
      expect(await store.trials("a")).toEqual([]);
    });

    it("keeps studies apart", async () => {
      const store = await fresh();
      await store.create("a", null);
      await store.create("b", null);
      await using a = await store.acquire("a");
      await using b = await store.acquire("b");
      await Promise.all([store.append("a", [asked(0), asked(1)], a), store.append("b", [asked(0)], b)]);
      await expect(store.append("a", [asked(2)], b)).rejects.toThrow(/^lease_lost/);
      expect((await store.summary("a")).trials).toBe(2);
      expect((await store.summary("b")).trials).toBe(1);
    });

    it("pages through trials in every order", async () => {
      const store = await fresh();
      await store.create("a", null);
      const events = Array.from({ length: 300 }, (_, trial): StudyEvent[] => {
        const params = trial % 7 === 0 ? undefined : (trial * 37) % 101;
        const known: Json = params === undefined ? {} : { params, macs: trial % 5, latencyMs: trial / 8 };
        return [
          { ...asked(trial), static: known },
          started(trial),
          trial % 3 === 0 ? failed(trial, 0) : told(trial, 0, (trial * 53) % 17),
        ];
      });
      await store.append("a", events.flat());
      for (const orderBy of ["trial", "score", "params", "macs", "latencyMs"] as const) {
        for (const descending of [false, true]) {
          const whole = await store.trials("a", { orderBy, descending, limit: 1000 });
          expect(whole.length).toBe(300);
          const figures = whole.map((row) =>
            orderBy === "trial" ? row.trial : orderBy === "score" ? row.score : figure(row.static, orderBy),
          );
          for (let i = 1; i < 300; i++) {
            const [a, b] = [figures[i - 1], figures[i]];
            const ordered = b === undefined || (a !== undefined && (descending ? a >= b : a <= b));
            expect(ordered, `${orderBy} ${a} ${b}`).toBe(true);
            if (a === b) expect(whole[i - 1]?.trial).toBeLessThan(whole[i]?.trial ?? -1);
          }
          const pages = [];
          for (let offset = 0; offset < 350; offset += 70) {
            pages.push(...(await store.trials("a", { orderBy, descending, offset, limit: 70 })));
          }
          expect(pages).toEqual(whole);
        }
      }
      expect((await store.trials("a")).length).toBe(100);
      await expect(store.trials("a", { offset: -1 })).rejects.toThrow(/^trial_query at offset/);
    });

    it("tells how a study stands at every step", async () => {
      let store = await fresh();
      await store.create("a", null);
      const now = async () => {
        const { phase, counts, best, reason, trials } = await store.summary("a");
        return { phase, counts, best, reason, trials };
      };
      const none = { asked: 0, running: 0, waiting: 0, done: 0, failed: 0 };
      expect(await now()).toMatchObject({ phase: "created", counts: none, trials: 0 });
      await store.append("a", [asked(0), asked(1), asked(2), asked(3), started(0), started(1), started(2)]);
      expect(await now()).toMatchObject({ phase: "running", counts: { ...none, asked: 1, running: 3 } });
      await store.append("a", [told(0, 0, 0.7), failed(1, 0), { kind: "interrupted", reason: "SIGINT" }]);
      expect(await now()).toMatchObject({
        phase: "interrupted",
        reason: "SIGINT",
        counts: { asked: 1, running: 1, waiting: 1, done: 0, failed: 1 },
        best: { trial: 0, score: 0.7 },
      });
      store = await again(store);
      const left = unfinished(await replayLog(store.read("a")));
      expect(left.lost.map(({ trial }) => trial)).toEqual([2]);
      expect(left.queued.map(({ trial }) => trial)).toEqual([3]);
      await store.append("a", [
        { kind: "resumed" },
        { kind: "requeued", trial: 2, rung: 0, attempt: 2, reason: "worker lost" },
        { kind: "rejected", count: 5, reasons: { params: 4, macs: 1 }, smallest: { params: 70 } },
        { kind: "rejected", count: 1, reasons: { params: 1 }, smallest: { params: 60 } },
      ]);
      expect(await now()).toMatchObject({
        phase: "running",
        counts: { ...none, asked: 2, waiting: 1, failed: 1 },
      });
      expect((await now()).reason).toBeUndefined();
      await store.append("a", [started(2, 0, 2), told(2, 0, 0.9), started(2, 1), failed(2, 1)]);
      expect((await now()).best).toEqual({ trial: 0, score: 0.7 });
      await store.append("a", [
        { kind: "told", trial: 3, rung: 0, metrics: {}, score: 0.7, done: true },
        { kind: "final", trial: 0, result: { testAccuracy: 0.71 } },
        { kind: "finished", reason: "trials" },
      ]);
      expect(await store.summary("a")).toMatchObject({
        phase: "finished",
        reason: "trials",
        counts: { ...none, done: 2, failed: 2 },
        best: { trial: 0, score: 0.7 },
        final: 0,
        rejected: { count: 6, reasons: { params: 5, macs: 1 }, smallest: { params: 60 } },
        requeues: 1,
        resumes: 1,
        nextTrial: 4,
      });
    });

    it("ranks a trial by its highest rung, even where that is lower", async () => {
      const store = await fresh();
      await store.create("a", null);
      await store.append("a", [asked(0), asked(1), told(0, 0, 0.9), told(1, 0, 0.8)]);
      expect((await store.summary("a")).best).toEqual({ trial: 0, score: 0.9 });
      await store.append("a", [told(0, 1, 0.5)]);
      expect((await store.summary("a")).best).toEqual({ trial: 1, score: 0.8 });
    });

    it("folds any log to the same state: reopened, rebuilt, in pieces, and in its read models", async () => {
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(anyEvent, { maxLength: 12 }), { maxLength: 8 }),
          async (batches) => {
            let store = await open();
            const name = `s${runs++}`;
            try {
              await store.create(name, { seed: runs });
              for (const batch of batches) await store.append(name, batch).catch(onlyRefusals);
              const log = await all(store, name);
              const state = replay(log);
              store = reopen === undefined ? store : await reopen(store);
              expect(await all(store, name)).toEqual(log);
              expect(await replayLog(store.read(name))).toEqual(state);

              const rows = [...state.trials.values()].map(({ curve: _, ...row }) => row);
              const sorted = rows.sort((a, b) => a.trial - b.trial);
              const summary = await store.summary(name);
              const compare = async () => {
                expect(await store.trials(name)).toEqual(sorted);
                const { trials: _, config, best, seq, ...totals } = state;
                const { trials, createdAtMs: __, updatedAtMs: ___, ...rest } = await store.summary(name);
                expect(rest).toEqual({ name, config, ...(best && { best }), seq, ...totals });
                expect(trials).toBe(state.trials.size);
              };
              await compare();
              await store.rebuild(name);
              await compare();
              expect(await store.summary(name)).toEqual(summary);

              const cut = Math.floor(log.length / 2);
              expect(replay(log.slice(cut), replay(log.slice(0, cut)))).toEqual(state);
              expect(replay([...log, ...log])).toEqual(state);
              onceOnly(log);
              expect(Object.values(state.counts).reduce((a, b) => a + b, 0)).toBe(state.trials.size);
              expect(Math.max(-1, ...state.trials.keys())).toBeLessThan(Math.max(1, state.nextTrial));
            } finally {
              await store[Symbol.asyncDispose]();
            }
          },
        ),
        { numRuns: 60 },
      );
    });
  });
}

/** Only these may an append of nonsense end with. */
function onlyRefusals(error: unknown): void {
  expect(error).toBeInstanceOf(MorphError);
  if (error instanceof MorphError) expect(["unknown_trial", "trial_exists"]).toContain(error.code);
}

function onceOnly(log: readonly StoredEvent[]): void {
  const seen = new Set<string>();
  for (const { event } of log) {
    if (event.kind !== "told" && event.kind !== "asked" && event.kind !== "final") continue;
    const key = `${event.kind} ${event.trial} ${event.kind === "told" ? event.rung : ""}`;
    expect(seen.has(key), key).toBe(false);
    seen.add(key);
  }
}

async function all(store: StudyStore, name: string, from?: number): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const event of store.read(name, from)) events.push(event);
  return events;
}

function figure(known: Json, name: "params" | "macs" | "latencyMs"): number | undefined {
  const value: unknown = typeof known === "object" && known !== null ? Reflect.get(known, name) : undefined;
  return typeof value === "number" ? value : undefined;
}

type Asked = Extract<StudyEvent, { kind: "asked" }>;

const asked = (trial: number): Asked => ({
  kind: "asked",
  trial,
  genotype: { width: trial, kernel: 3 },
  hash: `h${trial}`,
  ...(trial > 0 && { parent: trial - 1 }),
  origin: trial > 0 ? "mutation" : "random",
  static: { params: 1000 + trial, macs: 5 },
});
const started = (trial: number, rung = 0, attempt = 1): StudyEvent => ({
  kind: "started",
  trial,
  attempt,
  rung,
  worker: "w1",
});
const reported = (trial: number, rung: number, epoch: number): StudyEvent => ({
  kind: "reported",
  trial,
  rung,
  epoch,
  metrics: { loss: 1 / epoch },
});
const told = (trial: number, rung: number, score: number): StudyEvent => ({
  kind: "told",
  trial,
  rung,
  metrics: { accuracy: score },
  score,
});
const failed = (trial: number, rung: number): StudyEvent => ({ kind: "failed", trial, rung, error: nan });
const nan: Issue = { ...issue("loss_nan", { hint: "lower the learning rate" }) };

const trialNumber = fc.nat({ max: 4 });
const rung = fc.nat({ max: 2 });
const score = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined });
const payload = fc.dictionary(fc.string(), fc.oneof(fc.integer(), fc.string(), fc.constant(null)), {
  maxKeys: 2,
});

/** Any event at all, sensible in its place or not. */
const anyEvent: fc.Arbitrary<StudyEvent> = fc.oneof(
  { weight: 4, arbitrary: trialNumber.map(asked) },
  {
    weight: 4,
    arbitrary: fc.tuple(trialNumber, rung, fc.integer({ min: 1, max: 3 })).map((x) => started(...x)),
  },
  {
    weight: 5,
    arbitrary: fc.record({ trial: trialNumber, rung, metrics: payload, score, done: fc.boolean() }).map(
      ({ score, ...event }): StudyEvent => ({
        kind: "told",
        ...event,
        ...(score !== undefined && { score }),
      }),
    ),
  },
  fc.tuple(trialNumber, rung, fc.integer({ min: 1, max: 9 })).map((x) => reported(...x)),
  fc.tuple(trialNumber, rung).map((x) => failed(...x)),
  fc
    .record({ trial: trialNumber, rung, attempt: fc.integer({ min: 1, max: 3 }) })
    .map((event): StudyEvent => ({ kind: "requeued", ...event, reason: "lost" })),
  fc.tuple(trialNumber, payload).map(([trial, result]): StudyEvent => ({ kind: "final", trial, result })),
  payload.map((smallest): StudyEvent => ({ kind: "rejected", count: 2, reasons: { params: 2 }, smallest })),
  fc.constantFrom<StudyEvent>(
    { kind: "resumed" },
    { kind: "interrupted", reason: "SIGINT" },
    { kind: "finished", reason: "time" },
  ),
);
