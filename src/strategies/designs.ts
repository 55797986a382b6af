import { canonicalJson, type Issue, isIssue, issue, type Rng } from "../base/index.js";
import { neighbours, type Schema, sample, validate } from "../schema/index.js";
import type { Examination, Proposal, Scored, StrategyTools } from "./define.js";
import { figure, settingOf } from "./in-words.js";

/** A design that may be tried. */
export interface Design {
  readonly genotype: unknown;
  /** Absent where nobody can build it. */
  readonly examination?: Examination;
}

/** The designs that were tried, and what keeps another from being one. */
export class Designs {
  private readonly byText = new Map<string, Scored>();
  private readonly byHash = new Map<string, Scored>();
  private unexamined: Scored[] = [];

  constructor(
    private readonly schema: Schema<unknown>,
    private readonly tools: StrategyTools,
  ) {}

  add(trial: Scored): void {
    const text = canonicalJson(trial.genotype);
    if (!this.byText.has(text)) this.unexamined.push(trial);
    else for (const [hash, it] of this.byHash) if (it.trial === trial.trial) this.byHash.set(hash, trial);
    this.byText.set(text, trial);
  }

  has(genotype: unknown): boolean {
    return this.byText.has(canonicalJson(genotype));
  }

  /** The design of a genotype that somebody wrote, or exactly what is wrong with it. */
  async check(genotype: unknown, signal?: AbortSignal): Promise<Design | Issue> {
    const wrong = this.misshapen(genotype);
    if (wrong !== undefined) return wrong;
    const same = this.byText.get(canonicalJson(genotype));
    if (same !== undefined) return this.repeated(same);
    const { examine } = this.tools;
    if (examine === undefined) return { genotype };
    const examination = await examine(genotype, signal);
    const [refusal] = examination.refusals;
    if (refusal !== undefined) return refusal;
    await this.examineTried(signal);
    const twin = this.byHash.get(examination.hash);
    return twin === undefined ? { genotype, examination } : this.repeated(twin);
  }

  private misshapen(genotype: unknown): Issue | undefined {
    if (genotype === undefined || genotype === null)
      return issue("answer_schema", {
        path: "architecture",
        expected: "an architecture",
        received: "nothing",
      });
    const checked = validate(this.schema, genotype);
    if (!isIssue(checked)) return undefined;
    const path = ["architecture", checked.path].filter(Boolean).join("/");
    return issue(checked.code, { ...checked, path });
  }

  /** Other spellings of tried networks are found by what they build. */
  private async examineTried(signal?: AbortSignal): Promise<void> {
    const { examine } = this.tools;
    for (; examine !== undefined && this.unexamined.length > 0; this.unexamined.shift()) {
      const [trial] = this.unexamined;
      if (trial !== undefined) this.byHash.set((await examine(trial.genotype, signal)).hash, trial);
    }
  }

  private repeated({ trial, score }: Scored): Issue {
    const setting = settingOf(this.tools);
    return issue("design_repeated", {
      expected: "a design that was not tried yet",
      received: `that of trial ${trial}, whose ${setting.measure} is ${figure(score, setting)}`,
      hint: "propose a different one",
    });
  }

  /**
   * What is proposed where a model has failed: a neighbour of the best that was not tried, or a draw where there is none.
   */
  fallback(best: Scored | undefined, rng: Rng, origin: string): Proposal {
    if (best !== undefined) {
      const open = [...neighbours(this.schema, best.genotype)].filter((it) => !this.has(it));
      if (open.length > 0) return { genotype: rng.pick(open), origin, parent: best.trial };
    }
    return { genotype: sample(this.schema, rng), origin };
  }
}
