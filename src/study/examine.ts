import { canonicalJson, type Issue, issue, MorphError, messageOf } from "../base/index.js";
import { probeCausality } from "../evaluators/index.js";
import type { Runtime } from "../runtime/index.js";
import type { Space } from "../spaces/index.js";
import type { Examination } from "../strategies/index.js";
import type { Problem } from "../train/index.js";
import { countGenotype } from "./candidates.js";
import { exceeded } from "./limits.js";
import type { Costs, LimitName, Limits } from "./types.js";

export interface ExamineOptions {
  readonly space: Space;
  readonly problem: Problem;
  readonly limits: Limits;
  readonly seed: number;
  readonly runtime: Runtime;
}

/**
 * Looks at genotypes before they are proposed: is there a network, what does it cost, and, where its steps have an order
 * of time, does it read the future. Each genotype is looked at once.
 */
export function examiner(options: ExamineOptions): (genotype: unknown) => Promise<Examination> {
  const known = new Map<string, Promise<Examination>>();
  return (genotype) => {
    const text = canonicalJson(genotype);
    const found = known.get(text) ?? examine(options, genotype);
    known.set(text, found);
    return found;
  };
}

async function examine(options: ExamineOptions, genotype: unknown): Promise<Examination> {
  const { space, problem, limits, seed, runtime } = options;
  try {
    const { hash, costs } = countGenotype(space, problem, genotype);
    const refusals: Issue[] = exceeded(costs, limits).map(({ name }) => overLimit(name, costs, limits));
    const leak = await probeCausality(runtime, space, problem, genotype, seed);
    if (leak.issue !== undefined) refusals.push(leak.issue);
    return { hash, costs: costsInWords(costs), refusals, causality: leak.causality };
  } catch (error) {
    const cause =
      error instanceof MorphError
        ? error.issue
        : issue("network_unbuildable", { expected: "a network", received: messageOf(error) });
    return { hash: "", costs: "unknown", refusals: [cause], causality: "not applicable" };
  }
}

function overLimit(name: LimitName, costs: Costs, limits: Limits): Issue {
  return issue("over_limit", {
    path: name,
    expected: `at most ${limits[name]}`,
    received: String(costs[name]),
    hint: "propose a smaller network",
  });
}

function costsInWords({ params, macs, weightBytes, peakActivationBytes }: Costs): string {
  return `${params} parameters, ${macs} MACs, ${weightBytes} bytes of weights, ${peakActivationBytes} bytes of activations`;
}
