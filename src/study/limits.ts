import { ExitCode, issue, MorphError } from "../base/index.js";
import { type Costs, LIMIT_NAMES, type LimitName, type Limits } from "./types.js";

/** Limits that costs exceed, each with how many times over. Costs that are not known yet exceed nothing. */
export function exceeded(
  costs: Partial<Costs>,
  limits: Limits,
): { readonly name: LimitName; readonly factor: number }[] {
  return LIMIT_NAMES.flatMap((name) => {
    const [cost, limit] = [costs[name], limits[name]];
    return cost !== undefined && limit !== undefined && cost > limit ? [{ name, factor: cost / limit }] : [];
  });
}

/** How far beyond its limits something is: the product of all factors above one; 1 where all are kept. */
export function excess(costs: Partial<Costs>, limits: Limits): number {
  return exceeded(costs, limits).reduce((product, { factor }) => product * factor, 1);
}

const FLAGS: Readonly<Record<LimitName, string>> = {
  params: "--max-params",
  macs: "--max-macs",
  weightBytes: "--max-weight-bytes",
  peakActivationBytes: "--max-memory",
  latencyMs: "--max-latency",
};

/** Candidates that were refused, by the limit that refused them, and the one that came closest. */
export interface Refusals {
  readonly count: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly smallest: Costs | null;
}

/** Nothing keeps the limits: which one binds, the smallest sample seen, what to relax. */
export function nothingFeasible(limits: Limits, refusals: Refusals, space: string): MorphError {
  const { smallest, reasons, count } = refusals;
  const over = smallest === null ? [] : exceeded(smallest, limits).sort((a, b) => b.factor - a.factor);
  const refusing = LIMIT_NAMES.filter((name) => limits[name] !== undefined);
  refusing.sort((a, b) => (reasons[b] ?? 0) - (reasons[a] ?? 0));
  const name = over[0]?.name ?? refusing[0] ?? "params";
  const raise = over.map((it) => `${FLAGS[it.name]} to at least ${round(it.name, smallest?.[it.name] ?? 0)}`);
  return new MorphError(
    issue("nothing_feasible", {
      path: `${FLAGS[name]} ${limits[name] ?? ""}`.trim(),
      expected: `a network of ${space} within all limits`,
      received: `${count} candidates, none of which fits; the closest has ${describe(smallest)}`,
      hint:
        raise.length === 0
          ? "relax a limit, or try another space"
          : `raise ${raise.join(" and ")}, or try another space`,
    }),
    { exitCode: ExitCode.nothingFeasible },
  );
}

function describe(costs: Costs | null): string {
  if (costs === null) return "unknown costs";
  const latency = costs.latencyMs === undefined ? "" : `, ${costs.latencyMs.toFixed(2)} ms`;
  return `${costs.params} params, ${costs.macs} MACs, ${costs.weightBytes} weight bytes, ${costs.peakActivationBytes} activation bytes${latency}`;
}

/** A figure a little above what was seen, so that following the advice works. */
function round(name: LimitName, value: number): string {
  return name === "latencyMs" ? (value * 1.25).toFixed(2) : String(Math.ceil(value * 1.05));
}
