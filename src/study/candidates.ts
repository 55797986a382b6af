import { type Json, MorphError, rngOf } from "../base/index.js";
import { countCosts } from "../cost/index.js";
import type { Graph } from "../ir/index.js";
import { countParams, type Weights } from "../nn/index.js";
import { mutate, sample } from "../schema/index.js";
import { buildGenotype, type Space } from "../spaces/index.js";
import type { Proposal, Statistics } from "../strategies/index.js";
import { exportGraph, type Problem } from "../train/index.js";
import { exceeded, excess, type Refusals } from "./limits.js";
import { trainingMsPerExample } from "./training-cost.js";
import type { Costs, Limits } from "./types.js";

/** A genotype that was built and counted. */
export interface Counted {
  readonly genotype: Json;
  /** Identity: decisions that the builder did not read do not count. */
  readonly hash: string;
  readonly costs: Costs;
}

export interface Candidate extends Counted {
  readonly origin: string;
  readonly parent?: number;
  readonly notes?: Json;
}

/** What the study keeps of a graph's costs. */
export function costsOfGraph(graph: Graph): Costs {
  const { params, macs, flops, weightBytes, peakActivationBytes } = countCosts(graph);
  return { params, macs, flops, weightBytes, peakActivationBytes };
}

/** Build the exported form of a genotype (with weights of zero) and count it. About 10 ms. */
export function countGenotype(space: Space, problem: Problem, genotype: unknown): Counted {
  const { network, hash } = buildGenotype(space, problem, genotype);
  const zeros: Weights = {
    params: new Float32Array(countParams(network)),
    states: new Float32Array(
      network.states.reduce((sum, s) => sum + s.shape.reduce((a, b) => a * b, 1), 0),
    ).fill(1),
  };
  return {
    genotype: genotype as Json,
    hash,
    costs: costsOfGraph(exportGraph(network, zeros)),
  };
}

/** Counts of genotypes' networks, for strategies that learn from them. Other work goes on between two. */
export function statisticsOf(
  space: Space,
  problem: Problem,
  limits: Limits,
): (genotype: unknown) => Promise<Statistics | undefined> {
  return async (genotype) => {
    await new Promise((resolve) => setImmediate(resolve));
    try {
      const { costs } = countGenotype(space, problem, genotype);
      const { macs, params, peakActivationBytes } = costs;
      return { counts: [macs, params, peakActivationBytes], fits: exceeded(costs, limits).length === 0 };
    } catch (error) {
      if (error instanceof MorphError) return undefined;
      throw error;
    }
  };
}

/** Genotypes that are looked at to find what is cheap. */
const LOOKS = 8;

/** Least training time of an example, in milliseconds, among a few genotypes of a space. */
export function cheapestOf(space: Space, problem: Problem, seed: number): number {
  const times = Array.from({ length: LOOKS }, (_, i) => {
    const genotype = sample(space.schema, rngOf(seed, "cheapest", i));
    return trainingMsPerExample(countGenotype(space, problem, genotype).costs);
  });
  return Math.min(...times);
}

export interface DrawOptions {
  readonly space: Space;
  readonly problem: Problem;
  readonly limits: Limits;
  /** Longest training time of one example; candidates beyond it are refused under the reason `trainingTime`. */
  readonly trainingMs?: number;
  readonly seed: number;
  readonly trial: number;
  /** How many candidates that keep the counted limits are wanted. */
  readonly wanted: number;
  /** Takes an architecture, by its hash; false where it is a trial already, or is about to be one. */
  readonly claim: (hash: string) => boolean;
  readonly propose: (attempt: number) => Proposal | Promise<Proposal>;
  /** Candidates looked at before giving up. */
  readonly attempts?: number;
  readonly signal?: AbortSignal;
}

export interface Drawn {
  readonly candidates: readonly Candidate[];
  readonly refusals: Refusals;
  /** Candidates that were refused only because they were tried before. */
  readonly duplicates: number;
}

/**
 * Attempts by the strategy alone before infeasible ones are walked towards the limits; and attempts to find one
 * more candidate where there is one.
 */
const PATIENCE = 30;

/**
 * Candidates that keep all limits that can be counted, new ones only. The strategy proposes; where its proposals
 * keep breaking limits, the one that breaks them least is mutated, and a mutant that breaks them less takes its
 * place, until one fits. Other work goes on between two attempts.
 */
export async function drawCandidates(options: DrawOptions): Promise<Drawn> {
  const { space, problem, limits, seed, trial, wanted, claim, propose, attempts = 300, signal } = options;
  const { trainingMs = Number.POSITIVE_INFINITY } = options;
  const candidates: Candidate[] = [];
  const seen = new Set<string>();
  const reasons: Record<string, number> = {};
  let refused = 0;
  let duplicates = 0;
  let fruitless = 0;
  let closest: { proposal: Proposal; costs: Costs; excess: number } | undefined;
  for (let attempt = 0; attempt < attempts && candidates.length < wanted; attempt++) {
    if (candidates.length > 0 && fruitless >= PATIENCE) break;
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    const walking = candidates.length === 0 && attempt >= PATIENCE;
    const proposal: Proposal =
      walking && closest !== undefined
        ? {
            genotype: mutate(space.schema, closest.proposal.genotype, rngOf(seed, "walk", trial, attempt)),
            origin: "walk",
            parent: closest.proposal.parent,
          }
        : await propose(attempt);
    const counted = countGenotype(space, problem, proposal.genotype);
    fruitless++;
    const over: string[] = exceeded(counted.costs, limits).map(({ name }) => name);
    const slow = Math.max(1, trainingMsPerExample(counted.costs) / trainingMs);
    if (slow > 1) over.push("trainingTime");
    if (over.length > 0) {
      refused++;
      for (const name of over) reasons[name] = (reasons[name] ?? 0) + 1;
      const by = excess(counted.costs, limits) * slow;
      if (closest === undefined || by < closest.excess)
        closest = { proposal, costs: counted.costs, excess: by };
      continue;
    }
    if (seen.has(counted.hash) || !claim(counted.hash)) {
      duplicates++;
      continue;
    }
    seen.add(counted.hash);
    fruitless = 0;
    const { origin, parent, notes } = proposal;
    candidates.push({ ...counted, origin, parent, ...(notes !== undefined && { notes }) });
  }
  return { candidates, duplicates, refusals: { count: refused, reasons, smallest: closest?.costs ?? null } };
}

/** Two records of refusals as one; of the closest candidates the one that breaks the limits least. */
export function mergeRefusals(a: Refusals, b: Refusals, limits: Limits): Refusals {
  const reasons: Record<string, number> = { ...a.reasons };
  for (const [name, count] of Object.entries(b.reasons)) reasons[name] = (reasons[name] ?? 0) + count;
  const smallest =
    a.smallest === null || (b.smallest !== null && excess(b.smallest, limits) < excess(a.smallest, limits))
      ? b.smallest
      : a.smallest;
  return { count: a.count + b.count, reasons, smallest };
}
