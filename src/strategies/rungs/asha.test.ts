import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rngOf } from "../../base/index.js";
import { Ladder } from "./asha.js";
import type { RungAction, RungsForm, RungsNow } from "./policy.js";

type Tell = { readonly trial: number; readonly rung: number; readonly score: number };
type Options = RungsForm &
  Omit<RungsNow, "nextTrial" | "isAsking"> & { readonly failed: ReadonlySet<number> };

/** The rule as it is written, over all that was told: what the ladder must do too. */
function reference(
  tells: readonly Tell[],
  { rungs, eta, mayAsk, busy, isFree, failed }: Options,
): RungAction {
  for (let rung = rungs - 2; rung >= 0; rung--) {
    const reached = tells.filter((it) => it.rung === rung && !failed.has(it.trial));
    const share = Math.floor(reached.length / eta);
    const quota = mayAsk || busy ? share : Math.max(1, share);
    const top = reached.sort((a, b) => b.score - a.score || a.trial - b.trial).slice(0, quota);
    const next = top.find(
      ({ trial }) => isFree(trial) && !tells.some((it) => it.trial === trial && it.rung > rung),
    );
    if (next !== undefined) return { kind: "promote", trial: next.trial, rung: rung + 1 };
  }
  if (mayAsk) return { kind: "ask" };
  return busy ? { kind: "wait" } : { kind: "done" };
}

interface Simulation {
  readonly trials: number;
  readonly rungs: number;
  readonly eta: number;
  readonly lanes: number;
  readonly seed: number;
  /** Share of pieces of work that fail. */
  readonly failures: number;
}

interface Run {
  readonly tells: readonly Tell[];
  readonly promotions: readonly { readonly trial: number; readonly rung: number }[];
  readonly failed: ReadonlySet<number>;
  readonly asked: number;
}

/** Lanes that take work as a study's do; each piece ends at a random later moment. */
function simulate({ trials, rungs, eta, lanes, seed, failures }: Simulation): Run {
  const rng = rngOf(seed, "ladder");
  const tells: Tell[] = [];
  const promotions: { trial: number; rung: number }[] = [];
  const failed = new Set<number>();
  const work: { trial: number; rung: number }[] = [];
  let ladder = new Ladder({ rungs, eta });
  let asked = 0;
  for (let guard = 0; guard < 50 * trials + 50; guard++) {
    const options = {
      rungs,
      eta,
      mayAsk: asked < trials,
      busy: work.length > 0,
      isFree: (trial: number) => !work.some((it) => it.trial === trial),
    };
    const action: RungAction = work.length < lanes ? ladder.next(options) : { kind: "wait" };
    if (work.length < lanes) expect(action).toEqual(reference(tells, { ...options, failed }));
    if (action.kind === "done") return { tells, promotions, failed, asked };
    if (action.kind === "ask") work.push({ trial: asked++, rung: 0 });
    if (action.kind === "promote") {
      promotions.push(action);
      work.push(action);
    }
    if (action.kind === "wait" || rng.float() < 0.3) {
      const [it] = work.splice(rng.int(Math.max(1, work.length)), 1);
      if (it === undefined) continue;
      if (rng.float() < failures) {
        failed.add(it.trial);
        ladder.remove(it.trial);
      } else {
        // Few different scores: ties are common.
        const tell = { ...it, score: rng.int(6) / 5 };
        tells.push(tell);
        ladder.told(tell.trial, tell.rung, tell.score);
      }
    }
    // A search that was cut off here is the fold of what was told.
    if (rng.float() < 0.05) {
      ladder = new Ladder({ rungs, eta });
      for (const { trial, rung, score } of tells) ladder.told(trial, rung, score);
      for (const trial of failed) ladder.remove(trial);
    }
  }
  throw new Error("the search does not end");
}

const simulations: fc.Arbitrary<Simulation> = fc.record({
  trials: fc.integer({ min: 0, max: 60 }),
  rungs: fc.integer({ min: 1, max: 4 }),
  eta: fc.integer({ min: 2, max: 4 }),
  lanes: fc.integer({ min: 1, max: 5 }),
  seed: fc.nat(),
  failures: fc.constantFrom(0, 0, 0.1, 0.5),
});

describe("Ladder", () => {
  it("asks every trial, ends, and does what the rule says over the whole history", () => {
    fc.assert(
      fc.property(simulations, (simulation) => {
        expect(simulate(simulation).asked).toBe(simulation.trials);
      }),
      { numRuns: 200 },
    );
  });

  it("promotes no trial to a rung twice, and only trials that finished the rung below", () => {
    fc.assert(
      fc.property(simulations, (simulation) => {
        const { promotions, tells } = simulate(simulation);
        expect(new Set(promotions.map(({ trial, rung }) => `${trial}/${rung}`)).size).toBe(promotions.length);
        for (const { trial, rung } of promotions) {
          expect(rung).toBeLessThan(simulation.rungs);
          expect(tells.some((it) => it.trial === trial && it.rung === rung - 1)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("fills its quotas: the top share of each rung has gone on, and at least one of each", () => {
    fc.assert(
      fc.property(simulations, (simulation) => {
        const { tells, failed } = simulate(simulation);
        for (let rung = 0; rung < simulation.rungs - 1; rung++) {
          const reached = tells.filter((it) => it.rung === rung && !failed.has(it.trial));
          const top = reached
            .sort((a, b) => b.score - a.score || a.trial - b.trial)
            .slice(0, Math.max(1, Math.floor(reached.length / simulation.eta)));
          for (const { trial } of top)
            expect(tells.some((it) => it.trial === trial && it.rung === rung + 1)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("takes a result once", () => {
    const ladder = new Ladder({ rungs: 2, eta: 2 });
    for (let i = 0; i < 3; i++) ladder.told(0, 0, 0.5);
    ladder.told(1, 0, 0.1);
    const options = { mayAsk: true, busy: false, isFree: () => true };
    expect(ladder.next(options)).toEqual({ kind: "promote", trial: 0, rung: 1 });
    ladder.told(0, 1, 0.2);
    ladder.told(0, 0, 0.9);
    expect(ladder.next(options)).toEqual({ kind: "ask" });
  });
});
