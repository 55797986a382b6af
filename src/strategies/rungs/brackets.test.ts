import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rngOf } from "../../base/index.js";
import { Brackets, halvingBrackets, hyperbandBrackets } from "./brackets.js";
import { RUNG_POLICIES, type RungAction, type RungPolicy, type RungsForm, rungPolicy } from "./index.js";

interface Told {
  readonly trial: number;
  readonly rung: number;
  readonly score: number;
}

interface Course {
  readonly told: readonly Told[];
  /** Trials by rung, in the order in which work on them began. */
  readonly begun: readonly { readonly trial: number; readonly rung: number }[];
  readonly failed: ReadonlySet<number>;
}

interface Play {
  readonly policy: () => RungPolicy;
  readonly trials: number;
  readonly lanes?: number;
  readonly seed?: number;
  readonly failures?: number;
  /** Chance that the search is cut off before a decision, and rebuilt from what was told. */
  readonly cuts?: number;
  readonly score?: (trial: number, rung: number) => number;
}

/** Lanes that take work as a study's do: a candidate is looked for, becomes a trial, is trained to its first rung. */
function play({
  policy: fresh,
  trials,
  lanes = 1,
  seed = 0,
  failures = 0,
  cuts = 0,
  score = (t) => t,
}: Play): Course {
  const rng = rngOf(seed, "brackets");
  let policy = fresh();
  const told: Told[] = [];
  const begun: { trial: number; rung: number }[] = [];
  const failed = new Set<number>();
  const known: number[] = [];
  let asking: number[] = [];
  const queued: number[] = [];
  const work: { trial: number; rung: number }[] = [];
  let nextTrial = 0;
  const rebuild = () => {
    policy = fresh();
    for (const trial of known) policy.asked(trial);
    for (const it of told) policy.told(it.trial, it.rung, it.score);
    for (const trial of failed) policy.remove(trial);
  };
  for (let guard = 0; guard < 200 * trials + 200; guard++) {
    if (rng.float() < cuts) rebuild();
    let action: RungAction = { kind: "wait" };
    if (work.length + asking.length < lanes) {
      const [trial] = queued.splice(0, 1);
      if (trial !== undefined) {
        const it = { trial, rung: policy.firstRung(trial) };
        work.push(it);
        begun.push(it);
        continue;
      }
      action = policy.next({
        nextTrial,
        mayAsk: nextTrial < trials,
        busy: work.length + asking.length > 0,
        isFree: (t) => !work.some((it) => it.trial === t),
        isAsking: (t) => asking.includes(t),
      });
    }
    if (action.kind === "done") return { told, begun, failed };
    if (action.kind === "ask") asking.push(nextTrial++);
    if (action.kind === "promote") {
      work.push(action);
      begun.push({ trial: action.trial, rung: action.rung });
    }
    if (action.kind !== "wait" && rng.float() < 0.5) continue;
    for (const trial of asking) {
      policy.asked(trial);
      known.push(trial);
      queued.push(trial);
    }
    asking = [];
    const [it] = work.splice(rng.int(Math.max(1, work.length)), 1);
    if (it === undefined) continue;
    if (rng.float() < failures) {
      failed.add(it.trial);
      policy.remove(it.trial);
    } else {
      const result = { ...it, score: score(it.trial, it.rung) };
      told.push(result);
      policy.told(result.trial, result.rung, result.score);
    }
  }
  throw new Error("the search does not end");
}

const brackets = (form: RungsForm, of: typeof hyperbandBrackets) => () => new Brackets(form, of(form));
const at = (course: Course, rung: number) => course.told.filter((it) => it.rung === rung);

describe("Hyperband's brackets", () => {
  it("are those of Table 1 of Li et al. 2018: R = 81, eta = 3", () => {
    const form = { rungs: 5, eta: 3 };
    const found = hyperbandBrackets(form);
    expect(found.map(({ trials }) => trials)).toEqual([81, 34, 15, 8, 5]);
    expect(found.map(({ firstRung }) => 3 ** firstRung)).toEqual([1, 3, 9, 27, 81]);
    // How many are trained to each r of 1, 3, 9, 27, 81, bracket by bracket, when the search is run.
    const course = play({ policy: brackets(form, hyperbandBrackets), trials: 143 });
    const table = [[81, 27, 9, 3, 1], [34, 11, 3, 1], [15, 5, 1], [8, 2], [5]];
    let from = 0;
    for (const [s, rows] of table.entries()) {
      const to = from + (rows[0] ?? 0);
      const own = rows.map(
        (_, i) => at(course, s + i).filter(({ trial }) => trial >= from && trial < to).length,
      );
      expect(own).toEqual(rows);
      from = to;
    }
    expect(course.told).toHaveLength(table.flat().reduce((a, b) => a + b, 0));
    const planned = brackets(form, hyperbandBrackets)().planned(143);
    expect(planned.map(({ trials }) => trials)).toEqual(table.flat());
    expect(planned.slice(5, 7)).toEqual([
      { from: -1, to: 1, trials: 34 },
      { from: 1, to: 2, trials: 11 },
    ]);
  });

  it("begin anew when all of them are over", () => {
    const policy = brackets({ rungs: 3, eta: 2 }, hyperbandBrackets)();
    // Brackets of 4, 3 and 3 trials.
    expect(Array.from({ length: 14 }, (_, trial) => policy.firstRung(trial))).toEqual([
      0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 0, 0, 0, 0,
    ]);
  });
});

describe("successive halving", () => {
  it("halves as in Jamieson & Talwalkar 2016: 8 arms, then the best 4, 2, 1", () => {
    const scores = [
      [0.1, 0.8, 0.3, 0.7, 0.2, 0.6, 0.5, 0.4],
      [0, 0.5, 0, 0.9, 0, 0.6, 0.7, 0],
      [0, 0, 0, 0.1, 0, 0, 0.2, 0],
      [0, 0, 0, 0, 0, 0, 1, 0],
    ];
    const course = play({
      policy: brackets({ rungs: 4, eta: 2 }, halvingBrackets),
      trials: 8,
      score: (trial, rung) => scores[rung]?.[trial] ?? 0,
    });
    expect(course.begun.map(({ trial, rung }) => `${trial}@${rung}`)).toEqual([
      ...["0@0", "1@0", "2@0", "3@0", "4@0", "5@0", "6@0", "7@0"],
      ...["1@1", "3@1", "5@1", "6@1"],
      ...["3@2", "6@2"],
      "6@3",
    ]);
  });

  it("of a bracket that the search ends in lets the best third go on, and at least one", () => {
    const count = (trials: number) => {
      const course = play({ policy: brackets({ rungs: 3, eta: 3 }, halvingBrackets), trials });
      return [0, 1, 2].map((rung) => at(course, rung).length);
    };
    expect(count(9)).toEqual([9, 3, 1]);
    expect(count(5)).toEqual([5, 1, 1]);
    expect(count(20)).toEqual([20, 7, 3]);
  });

  it("takes up the next bracket where the first one waits, and comes back to it first", () => {
    const policy = brackets({ rungs: 2, eta: 2 }, halvingBrackets)();
    policy.asked(0);
    policy.asked(1);
    policy.told(0, 0, 0.5);
    const now = {
      nextTrial: 2,
      mayAsk: true,
      busy: true,
      isFree: (t: number) => t !== 1,
      isAsking: () => false,
    };
    expect(policy.next(now)).toEqual({ kind: "ask" });
    policy.asked(2);
    policy.told(1, 0, 0.4);
    const later = { ...now, nextTrial: 3, isFree: () => true };
    expect(policy.next(later)).toEqual({ kind: "promote", trial: 0, rung: 1 });
  });

  it("goes on with a bracket that was ended early when there may be more trials", () => {
    const policy = brackets({ rungs: 2, eta: 2 }, halvingBrackets)();
    const now = { nextTrial: 1, mayAsk: false, busy: false, isFree: () => true, isAsking: () => false };
    policy.asked(0);
    policy.told(0, 0, 0.1);
    expect(policy.next(now)).toEqual({ kind: "promote", trial: 0, rung: 1 });
    policy.told(0, 1, 0.1);
    expect(policy.next(now)).toEqual({ kind: "done" });
    expect(policy.next({ ...now, mayAsk: true })).toEqual({ kind: "ask" });
    policy.asked(1);
    policy.told(1, 0, 0.2);
    expect(policy.next({ ...now, nextTrial: 2 })).toEqual({ kind: "promote", trial: 1, rung: 1 });
  });
});

describe("early stopping by correlation", () => {
  const policy = () => rungPolicy("correlation", { rungs: 3, eta: 2 });
  /** Trials by the highest rung that they reach. */
  const reached = (course: Course, trials: number) =>
    Array.from({ length: trials }, (_, trial) =>
      Math.max(...course.told.filter((it) => it.trial === trial).map(({ rung }) => rung)),
    );

  it("trains the first to the end, the others to the lowest rung that orders them as the last does", () => {
    // Rung 0 says nothing; rung 1 exchanges two neighbours of 8: Spearman's correlation is 1 - 6·2/(8·63).
    const score = (trial: number, rung: number) =>
      rung === 0 ? (trial * 5) % 8 : rung === 1 && trial < 2 ? 1 - trial : trial;
    const course = play({ policy, trials: 12, score });
    expect(reached(course, 12)).toEqual([...Array(8).fill(2), 1, 1, 1, 1]);
    // Each of the first comes to its end before the next one is asked.
    expect(course.begun.slice(0, 6).map(({ trial }) => trial)).toEqual([0, 0, 0, 1, 1, 1]);
  });

  it("stops at the first rung where that orders well enough, and nowhere where no rung does", () => {
    expect(reached(play({ policy, trials: 12, score: (trial) => trial }), 12)).toEqual([
      ...Array(8).fill(2),
      ...Array(4).fill(0),
    ]);
    const opposite = (trial: number, rung: number) => (rung === 2 ? trial : -trial);
    expect(reached(play({ policy, trials: 12, score: opposite }), 12)).toEqual(Array(12).fill(2));
    expect(reached(play({ policy, trials: 12, score: () => 1 }), 12)).toEqual(Array(12).fill(2));
  });
});

describe.each(RUNG_POLICIES)("%s", (name) => {
  const plays = fc.record({
    trials: fc.integer({ min: 0, max: 40 }),
    rungs: fc.integer({ min: 1, max: 4 }),
    eta: fc.integer({ min: 2, max: 4 }),
    lanes: fc.integer({ min: 1, max: 5 }),
    seed: fc.nat(),
    failures: fc.constantFrom(0, 0.1, 0.5),
  });
  const score = (trial: number, rung: number) => rngOf(7, trial, rung).int(6);

  it("ends; trains no trial to a rung twice; begins each where it says; skips none of its rungs", () => {
    fc.assert(
      fc.property(plays, ({ rungs, eta, ...rest }) => {
        const policy = () => rungPolicy(name, { rungs, eta });
        const { begun, failed } = play({ policy, score, ...rest });
        expect(new Set(begun.map(({ trial, rung }) => `${trial}/${rung}`)).size).toBe(begun.length);
        for (let trial = 0; trial < rest.trials; trial++) {
          const own = begun.filter((it) => it.trial === trial).map(({ rung }) => rung);
          expect(own).toEqual(own.map((_, i) => policy().firstRung(trial) + i));
          expect(own.length).toBeGreaterThan(0);
          expect(own.at(-1)).toBeLessThan(rungs);
        }
        expect([...failed].every((trial) => trial < rest.trials)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it("decides the same after any cut: what was told is all there is", () => {
    fc.assert(
      fc.property(plays, fc.nat(), ({ rungs, eta, lanes: _, ...rest }, cutSeed) => {
        const policy = () => rungPolicy(name, { rungs, eta });
        const told = (cuts: number, seed: number) =>
          play({ policy, score, ...rest, failures: 0, seed, cuts }).begun;
        expect(told(0.2, cutSeed)).toEqual(told(0, cutSeed));
      }),
      { numRuns: 100 },
    );
  });
});
