import { canonicalJson, hashJson, rngOf } from "../base/index.js";
import { openLanguage } from "../language/index.js";
import { ortNode } from "../runtime/index.js";
import type { Schema } from "../schema/index.js";
import type {
  Proposal,
  Scored,
  StrategyDefinition,
  StrategyOptions,
  StrategyTools,
} from "../strategies/index.js";
import { byCoordinates } from "./language-policies.js";
import { type Policy, policyTransport } from "./language-server.node.js";

export interface Simulation {
  readonly trials: number;
  readonly seed: number;
  readonly options?: StrategyOptions;
  /** Trials that are asked before the first of them is told, as with parallel workers. */
  readonly parallel?: number;
  /** What a trial is worth; where left out, a number drawn from the genotype. */
  readonly objective?: (genotype: unknown) => number;
  /** Trials that were told before, in the order of the log: the search goes on behind them. */
  readonly history?: readonly Scored[];
  /** The language model; where left out, those who need one get `byCoordinates`. */
  readonly policy?: Policy;
  readonly tools?: Partial<StrategyTools>;
}

export interface Simulated {
  readonly proposals: readonly Proposal[];
  /** All tells in order, the history included. */
  readonly told: readonly Scored[];
}

/** What any strategy may need: the runtime, and a language model that answers by a policy. */
export function toolsOf(
  strategy: StrategyDefinition,
  seed: number,
  policy: Policy | undefined = strategy.needs.includes("language") ? byCoordinates : undefined,
): StrategyTools {
  if (policy === undefined) return { seed, runtime: ortNode };
  const settings = { endpoint: "http://localhost/v1", model: "policy" };
  return { seed, runtime: ortNode, language: openLanguage({ settings, transport: policyTransport(policy) }) };
}

/** A search without training: ask and tell in the order of a study, scores from a plain function. */
export async function simulateSearch(
  strategy: StrategyDefinition,
  schema: Schema<unknown>,
  { trials, seed, options, parallel = 1, objective = scoreOf, history = [], policy, tools }: Simulation,
): Promise<Simulated> {
  await using searcher = strategy.searcher(options, { ...toolsOf(strategy, seed, policy), ...tools });
  const told: Scored[] = [];
  const tell = (it: Scored) => {
    told.push(it);
    searcher.tell(it);
  };
  for (const it of history) tell(it);
  const first = new Set(history.map(({ trial }) => trial)).size;
  const proposals: Proposal[] = [];
  for (let trial = first; trial < trials; ) {
    const batch: Scored[] = [];
    for (let lane = 0; lane < parallel && trial < trials; lane++, trial++) {
      const proposal = await searcher.ask(schema, rngOf(seed, "ask", trial), trial);
      proposals.push(proposal);
      const { genotype, notes } = proposal;
      batch.push({
        trial,
        genotype,
        score: objective(genotype),
        rung: 0,
        ...(notes !== undefined && { notes }),
      });
    }
    for (const it of batch) tell(it);
  }
  return { proposals, told };
}

/** A number in [0, 1) that is a function of the genotype alone. */
export function scoreOf(genotype: unknown): number {
  return Number.parseInt(hashJson(genotype).slice(0, 8), 16) / 2 ** 32;
}

/** Proposals as text, for comparison between processes. */
export function linesOf(proposals: readonly Proposal[]): string[] {
  return proposals.map(({ genotype, origin, parent }) =>
    canonicalJson({ genotype, origin, parent: parent ?? null }),
  );
}
