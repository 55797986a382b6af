import { describe, expect, it } from "vitest";
import { canonicalJson, rngOf } from "../base/index.js";
import { neighbours, s } from "../schema/index.js";
import { simulateSearch } from "../testing/simulated-search.js";
import type { Scored } from "./define.js";
import { History } from "./history.js";
import { localSearch, nsga2, random, tournament } from "./index.js";

const line = s.object({ x: s.int({ min: 0, max: 15 }), y: s.int({ min: 0, max: 15 }) });
type Point = { readonly x: number; readonly y: number };
const pointOf = (genotype: unknown) => genotype as Point;

describe("local search", () => {
  /** A hill around (3, 12). */
  const hill = (genotype: unknown) => -Math.abs(pointOf(genotype).x - 3) - Math.abs(pointOf(genotype).y - 12);

  it.each([0, 1])(
    "proposes untried neighbours of a centre that only gets better (patience %i)",
    async (patience) => {
      const options = { starts: 5, patience, breadth: 200 };
      const { proposals } = await simulateSearch(localSearch, line, {
        trials: 60,
        seed: 2,
        options,
        objective: hill,
      });
      const seen = new Set<string>();
      let centre = Number.NEGATIVE_INFINITY;
      proposals.forEach((it, i) => {
        const key = canonicalJson(it.genotype);
        if (it.origin === "neighbour") {
          expect(seen.has(key)).toBe(false);
          const parent = proposals[it.parent ?? -1]?.genotype as Point;
          expect([...neighbours(line, parent)].map((n) => canonicalJson(n))).toContain(key);
          // Up to the top of the hill; there it begins anew.
          if (centre < 0) expect(hill(parent)).toBeGreaterThanOrEqual(centre);
          centre = hill(parent);
        } else if (i < 5) expect(it.origin).toBe("random");
        seen.add(key);
      });
      expect(Math.max(...proposals.map(({ genotype }) => hill(genotype)))).toBeCloseTo(0);
    },
  );

  it("with patience tries all neighbours before it moves", async () => {
    const options = { starts: 1, patience: 1, breadth: 200 };
    const { proposals } = await simulateSearch(localSearch, line, {
      trials: 31,
      seed: 1,
      options,
      objective: hill,
    });
    const first = proposals[0]?.genotype as Point;
    const around = new Set([...neighbours(line, first)].map((n) => canonicalJson(n)));
    expect(around.size).toBe(30);
    expect(new Set(proposals.slice(1).map(({ genotype }) => canonicalJson(genotype)))).toEqual(around);
  });

  it("begins anew at a local optimum", async () => {
    const flat = () => 1;
    const options = { starts: 2, patience: 0, breadth: 4 };
    const { proposals } = await simulateSearch(localSearch, line, {
      trials: 18,
      seed: 0,
      options,
      objective: flat,
    });
    // Two beginnings, four neighbours, and so on.
    expect(proposals.map((it) => it.origin)).toEqual(
      Array.from({ length: 18 }, (_, i) => (i % 6 < 2 ? "random" : "neighbour")),
    );
  });

  it.each([
    [{ starts: 0 }, "Starts"],
    [{ patience: 2 }, "Patience"],
    [{ breadth: 0.5 }, "Breadth"],
  ])("refuses %j", (options, name) => {
    expect(() => localSearch.searcher(options)).toThrow(name);
  });
});

describe("tournament", () => {
  it("mutates good ones more often the larger the share, and nothing dies", async () => {
    const told: Scored[] = Array.from({ length: 100 }, (_, i) => ({
      trial: i,
      genotype: { x: i % 16, y: Math.floor(i / 16) },
      score: i,
      rung: 0,
    }));
    const parents = async (share: number) => {
      await using searcher = tournament.searcher({ population: 20, share });
      for (const it of told) searcher.tell(it);
      const found: number[] = [];
      for (let i = 0; i < 200; i++) found.push((await searcher.ask(line, rngOf(1, i), 100)).parent ?? -1);
      return found;
    };
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const [one, ten] = [await parents(0.01), await parents(0.1)];
    expect(mean(one)).toBeGreaterThan(40);
    expect(mean(one)).toBeLessThan(60);
    // The best of ten draws from 0 to 99 is 90 on average.
    expect(mean(ten)).toBeGreaterThan(86);
    expect(Math.min(...one)).toBeLessThan(10);
  });
});

describe("nsga2", () => {
  /** Two ends of a line, both sought: the front is where y is 0. */
  const objectives = (genotype: unknown) => {
    const { x, y } = pointOf(genotype);
    return [x - 3 * y, 15 - x - 3 * y];
  };

  it("spreads over the front of two objectives, where random search stays behind", async () => {
    const run = async (strategy: typeof random, seed: number) => {
      await using searcher = strategy.searcher({});
      const found: Point[] = [];
      for (let trial = 0; trial < 200; trial++) {
        const { genotype } = await searcher.ask(line, rngOf(seed, trial), trial);
        const values = objectives(genotype);
        searcher.tell({ trial, genotype, score: values[0] ?? 0, objectives: values, rung: 0 });
        found.push(pointOf(genotype));
      }
      return found.slice(100);
    };
    for (let seed = 0; seed < 3; seed++) {
      const [evolved, drawn] = [await run(nsga2, seed), await run(random, seed)];
      const onFront = (points: readonly Point[]) => points.filter(({ y }) => y <= 1).length;
      expect(onFront(evolved)).toBeGreaterThan(2 * onFront(drawn));
      const xs = evolved.filter(({ y }) => y === 0).map(({ x }) => x);
      expect(Math.max(...xs) - Math.min(...xs)).toBeGreaterThan(10);
    }
    expect(nsga2.manyObjectives).toBe(true);
    expect(random.manyObjectives).toBe(false);
  });
});

describe("History", () => {
  const at = (trial: number, score = trial, rung = 0): Scored => ({ trial, genotype: trial, score, rung });

  it("grows without changing what was there before", () => {
    const one = History.empty.with(at(0));
    const two = one.with(at(1));
    const other = one.with(at(2));
    expect(one.trials().map((it) => it.trial)).toEqual([0]);
    expect(two.trials().map((it) => it.trial)).toEqual([0, 1]);
    expect(other.trials().map((it) => it.trial)).toEqual([0, 2]);
    expect([History.empty.length, one.length, two.length]).toEqual([0, 1, 2]);
    expect([one.at(1), two.at(1)?.trial]).toEqual([undefined, 1]);
  });

  it("keeps a trial's last word in its place", () => {
    const all = [0, 1, 2].reduce((history, trial) => history.replaced(at(trial)), History.empty);
    const again = all.replaced({ ...at(1, 9, 1), again: true });
    expect(again.trials().map((it) => it.score)).toEqual([0, 9, 2]);
    expect(all.trials().map((it) => it.score)).toEqual([0, 1, 2]);
  });
});
