import type { Block, Parameters } from "../learning/parameters.js";
import { chancesOf, policyGradient } from "../learning/softmax.js";
import type { Token } from "../learning/tokens.js";
import type { Policy, PolicyWalk } from "./policy.js";

/** First logits are this near to 0 (Dong & Yang 2020). */
const BOUND = 1e-3;

/** Decisions that know nothing of each other: one softmax each, as in the REINFORCE of NAS-Bench-201. */
export class LogitTable implements Policy {
  constructor(private readonly parameters: Parameters) {}

  private logits(key: string, count: number): Block {
    return this.parameters.block(key, count, BOUND);
  }

  walk(): PolicyWalk {
    return {
      chances: (key, weights, temperature) =>
        chancesOf(this.logits(key, weights.length).value, weights, temperature),
      took: () => undefined,
    };
  }

  gather(tokens: readonly Token[], advantage: number, bonus: number): void {
    for (const { key, weights, taken } of tokens) {
      const { value, gradient } = this.logits(key, weights.length);
      const slope = policyGradient(chancesOf(value, weights), taken, advantage, bonus);
      slope.forEach((d, i) => {
        gradient[i] = (gradient[i] ?? 0) + d;
      });
    }
  }

  descend(rate: number): void {
    this.parameters.descend(rate);
  }
}
