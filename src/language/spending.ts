import { ExitCode, fail } from "../base/index.js";
import type { Exchange, Usage } from "./exchange.js";
import type { FullSettings } from "./settings.js";

export interface Spent {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** In the currency of the prices; undefined without prices. */
  readonly cost?: number;
}

type Ceilings = Pick<FullSettings, "maxTokens" | "maxCost" | "prices" | "maxOutputTokens">;

/** Answers shorter than this are of no use: less than this left is nothing left. */
const LEAST_ANSWER = 64;

/** What exchanges cost, those of earlier sessions included, against the ceilings. */
export class Spending {
  private inputTokens = 0;
  private outputTokens = 0;

  constructor(private readonly ceilings: Ceilings) {}

  add({ usage }: { readonly usage: Usage }): void {
    this.inputTokens += usage.inputTokens;
    this.outputTokens += usage.outputTokens;
  }

  addAll(exchanges: Iterable<Exchange>): void {
    for (const it of exchanges) this.add(it);
  }

  get spent(): Spent {
    const { inputTokens, outputTokens } = this;
    const { prices } = this.ceilings;
    return { inputTokens, outputTokens, ...(prices && { cost: this.costOf(inputTokens, outputTokens) }) };
  }

  private costOf(input: number, output: number): number {
    const { prices = { input: 0, output: 0 } } = this.ceilings;
    return (input * prices.input + output * prices.output) / 1e6;
  }

  /**
   * Tokens that the answer to a question may have, so that no ceiling is passed.
   * @throws `language_budget` where that is too little for any answer
   */
  allow(inputTokens: number, extra: Usage): number {
    const { maxTokens, maxCost, prices, maxOutputTokens } = this.ceilings;
    const input = this.inputTokens + extra.inputTokens + inputTokens;
    const output = this.outputTokens + extra.outputTokens;
    let room = maxOutputTokens;
    if (maxTokens !== undefined) room = Math.min(room, Math.floor(maxTokens - input - output));
    if (maxCost !== undefined && prices !== undefined && prices.output + prices.input > 0) {
      const left = maxCost - this.costOf(input, output);
      if (left < 0) room = -1;
      else if (prices.output > 0) room = Math.min(room, Math.floor((left * 1e6) / prices.output));
    }
    if (room >= Math.min(LEAST_ANSWER, maxOutputTokens)) return room;
    const byTokens = maxTokens !== undefined && maxTokens - input - output < LEAST_ANSWER;
    return fail(
      "language_budget",
      {
        path: byTokens ? "--max-tokens" : "--max-cost",
        expected: "room for another question and its answer",
        received: byTokens
          ? `${this.inputTokens + this.outputTokens} of ${maxTokens} tokens spent, ${inputTokens} more in the next question`
          : `${this.costOf(this.inputTokens, this.outputTokens).toFixed(4)} of ${maxCost} spent`,
        hint: "raise the ceiling and resume",
      },
      { exitCode: ExitCode.budgetSpent },
    );
  }
}
