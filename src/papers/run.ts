import { ExitCode, fail } from "../base/index.js";
import { REPRODUCTIONS } from "./catalogue.gen.js";
import { paperOf } from "./catalogue.js";
import type { RunRecord, Summary } from "./record.js";
import type { Curve, Measured, Reproduction, Surroundings } from "./reproduction.js";
import { describeCondition, judge, spread } from "./verdict.js";

/** Numbers of the papers that have an experiment. */
export function reproducible(): readonly number[] {
  return [...REPRODUCTIONS.keys()];
}

/** The experiment of a paper. @throws `unknown_paper`, `reproduction_absent` */
export async function reproductionOf(paper: number): Promise<Reproduction> {
  const { card } = paperOf(paper);
  const load = REPRODUCTIONS.get(paper);
  if (load !== undefined) return await load();
  return fail(
    "reproduction_absent",
    {
      path: String(paper),
      expected: `one of ${reproducible().join(", ")}`,
      hint:
        card.here.status === "absent" ? "its mechanism is not here yet" : "its experiment is not here yet",
    },
    { exitCode: ExitCode.usage },
  );
}

export interface RunOptions {
  /** Number of seeds, from 0. */
  readonly seeds?: number;
  readonly quick?: boolean;
  readonly surroundings: Surroundings;
  /** What it ran on, for the record. */
  readonly versions: Readonly<Record<string, string>>;
  readonly hardware: string;
  /** Milliseconds and the day; who runs it reads the clock. */
  readonly clock: { readonly now: () => number; readonly date: string };
}

/**
 * Measures every seed and judges by the rule that was declared.
 * @throws `reproduction_number` for a number that is not finite
 */
export async function runReproduction(it: Reproduction, options: RunOptions): Promise<RunRecord> {
  const { quick = false, surroundings, clock } = options;
  const count = options.seeds ?? (quick ? it.seeds.quick : it.seeds.full);
  const seeds = Array.from({ length: count }, (_, seed) => seed);
  // Taken now: nothing that happens below can change what is judged by.
  const rule = structuredClone(it.rule);
  const began = clock.now();
  const runs: Measured[] = [];
  for (const seed of seeds) {
    surroundings.signal.throwIfAborted();
    const measured = await it.measure({ ...surroundings, seed, quick });
    for (const [name, value] of Object.entries(measured.values)) {
      if (!Number.isFinite(value)) {
        fail("reproduction_number", {
          path: `${it.paper}/${name}, seed ${seed}`,
          expected: "a finite number",
          received: String(value),
        });
      }
    }
    runs.push(measured);
    surroundings.note(`seed ${seed}: ${describeValues(measured.values)}`);
  }
  const values = collect(runs);
  const { verdict, judgements } = judge(rule, values);
  const { claim, data, baseline, method, units, axes } = it;
  return {
    schema: "morph.reproduce/1",
    paper: it.paper,
    title: paperOf(it.paper).card.title,
    ...{ claim, data, baseline, method, units },
    ...(axes !== undefined && { axes }),
    rule,
    quick,
    seeds,
    measurements: Object.fromEntries(Object.entries(values).map(([name, list]) => [name, summaryOf(list)])),
    ...curvesOf(runs),
    judgements: judgements.map((one) => ({
      verdict: one.verdict,
      condition: describeCondition(one.condition),
      found: one.found,
    })),
    verdict,
    seconds: round((clock.now() - began) / 1000),
    date: clock.date,
    versions: options.versions,
    hardware: options.hardware,
  };
}

function collect(runs: readonly Measured[]): Record<string, number[]> {
  const out: Record<string, number[]> = {};
  for (const name of Object.keys(runs[0]?.values ?? {})) {
    out[name] = runs.map((run) => run.values[name] ?? Number.NaN);
  }
  return out;
}

function summaryOf(values: readonly number[]): Summary {
  const { mean, std } = spread(values);
  return { values: values.map(round), mean: round(mean), std: round(std) };
}

/** Curves of one name are averaged where all seeds have the same places on the x axis. */
function curvesOf(runs: readonly Measured[]): { curves?: Readonly<Record<string, Curve>> } {
  const names = Object.keys(runs[0]?.curves ?? {});
  if (names.length === 0) return {};
  const mean = (name: string): Curve =>
    (runs[0]?.curves?.[name] ?? []).map(([x], i) => {
      const ys = runs.map((run) => run.curves?.[name]?.[i]?.[1] ?? Number.NaN);
      return [x, round(ys.reduce((a, b) => a + b, 0) / ys.length)] as const;
    });
  return { curves: Object.fromEntries(names.map((name) => [name, mean(name)])) };
}

function describeValues(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(5))}`)
    .join(", ");
}

function round(value: number): number {
  return Number(value.toPrecision(8));
}
