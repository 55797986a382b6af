import { ExitCode, fail, type Issue, type Json, type Rng, unknownName } from "../base/index.js";
import type { Language } from "../language/index.js";
import type { Runtime } from "../runtime/index.js";
import type { Schema } from "../schema/index.js";
import type { RungPolicyName } from "./rungs/index.js";

/** A trial as strategies see it: a genotype and how good it turned out. */
export interface Scored {
  readonly trial: number;
  readonly genotype: unknown;
  /** Higher is better. */
  readonly score: number;
  /**
   * All that is sought, each turned so that higher is better; the first is the score. Left out where the score is
   * all there is.
   */
  readonly objectives?: readonly number[];
  /** Validation loss, lower is better, where it is known. */
  readonly loss?: number;
  /**
   * Fidelity at which it was scored; a trial is told again when it reaches a higher one. The first need not be 0: it is
   * where the trial began.
   */
  readonly rung: number;
  /** The trial was told before, at a lower rung. The searcher sees to it; who tells need not say it. */
  readonly again?: boolean;
  /** What the strategy noted down when it proposed the genotype. */
  readonly notes?: Json;
}

/** A genotype to try, and where it comes from. */
export interface Proposal {
  readonly genotype: unknown;
  readonly origin: string;
  readonly parent?: number;
  /** What the strategy wants to know of its proposal later on; kept with the trial, and told with it. */
  readonly notes?: Json;
}

/** What strategies that reason in words are told of a search. */
export interface Setting {
  /** What the networks are for, in a sentence. */
  readonly task: string;
  /** What the space holds. */
  readonly space: string;
  /** How its decisions make a network, where it can be said. */
  readonly wiring?: string;
  /** What scores are, such as `validation accuracy in %`. */
  readonly measure: string;
  /** Factor from a score to that measure. */
  readonly scale: number;
  /** Hard bounds, one a line. */
  readonly limits: readonly string[];
}

/** What is known of a genotype before any training. */
export interface Examination {
  /** Identity of the network: genotypes that share it are one network. */
  readonly hash: string;
  /** Costs in words, such as `12,345 parameters`. */
  readonly costs: string;
  /** What keeps it from being tried: it cannot be built, breaks a limit, or reads the future. */
  readonly refusals: readonly Issue[];
  /**
   * Whether outputs depend on later inputs alone: `kept`, `broken`, or `not applicable` where the task has no order of
   * time.
   */
  readonly causality: "kept" | "broken" | "not applicable";
}

/** What is known of a genotype's network without training it. */
export interface Statistics {
  /** Positive numbers that say how large it is, the same for every genotype: MACs, parameters, bytes. */
  readonly counts: readonly number[];
  /** Whether it keeps every limit that can be counted. */
  readonly fits: boolean;
}

/** What a strategy may need beside the schema; who runs it hands it in. */
export interface StrategyTools {
  /** The study's seed, for what belongs to no trial (the first weights of a model). */
  readonly seed: number;
  /** Executes the models that a strategy trains. */
  readonly runtime?: Runtime;
  /** Counts a genotype's network; undefined for one that cannot be built. A function of the genotype. */
  readonly statistics?: (genotype: unknown) => Promise<Statistics | undefined>;
  /** Asks a language model, within ceilings; what it answers is kept with the study. */
  readonly language?: Language;
  readonly setting?: Setting;
  /** Builds a genotype and looks at what it costs and whether it keeps the rules. Deterministic. */
  readonly examine?: (genotype: unknown, signal?: AbortSignal) => Promise<Examination>;
}

export interface AskContext<O> {
  readonly schema: Schema<unknown>;
  readonly options: O;
  /** Derived from (study seed, trial number, attempt): a strategy keeps no random state. */
  readonly rng: Rng;
  /** Number of the trial that is asked for. */
  readonly trial: number;
  /** 0 for the first proposal for the trial; higher where others were refused, or several are compared. */
  readonly attempt: number;
  readonly tools: StrategyTools;
  /** Ends a proposal that takes long. */
  readonly signal?: AbortSignal;
}

export type StrategyOptions = Readonly<Record<string, number>>;

/** What a strategy asks of those who run it. */
export type Need = "runtime" | "language";

/** What is missing, and how it is given. */
const NEEDS: Readonly<Record<Need, { readonly expected: string; readonly hint?: string }>> = {
  runtime: { expected: "a runtime" },
  language: {
    expected: "a language model",
    hint: "give --endpoint URL and --model NAME (docs/language.md), or choose another strategy, such as asi-arch",
  },
};

/**
 * How a space is searched: ask and tell over genotypes. The state is a fold of `tell` over the scored trials in
 * the order of the log, so replaying the log rebuilds it. Limits, duplicates, retries and budgets are the
 * study's business.
 *
 * A model that learns from the trials is a function of them: `ask` brings it up to date and may keep what it
 * computed in the state, as long as the same tells always lead to the same answers.
 */
export interface Strategy<State = unknown, O extends StrategyOptions = StrategyOptions> {
  readonly name: string;
  readonly description: string;
  /** More for the page of strategies: the mechanism, what the options mean, source and departures. */
  readonly about?: string;
  readonly options: O;
  /** Default: nothing. */
  readonly needs?: readonly Need[];
  /** Whether it seeks several objectives at once; others look at the score alone. */
  readonly manyObjectives?: boolean;
  /**
   * Whether it learns from proposing the same again: a known score is then told to it once more. Others are asked
   * for something new.
   */
  readonly learnsFromRepeats?: boolean;
  /** How its trials climb where nobody says otherwise. Default: `asha`. */
  readonly rungs?: RungPolicyName;
  /** Whether each proposal was thought out, so that it is tried itself: no cheap ranking picks one of several. */
  readonly deliberate?: boolean;
  /** What a user should know of how it will search, with the tools that it has. */
  notice?(tools: StrategyTools): string | undefined;
  /** Why it cannot search a space; undefined where it can. */
  accepts?(schema: Schema<unknown>): string | undefined;
  /** What is wrong with options that are each in order; undefined where nothing is. */
  check?(options: O): string | undefined;
  start(options: O, tools: StrategyTools): State;
  /** Returns the next state. */
  tell(state: State, trial: Scored, options: O): State;
  ask(state: State, context: AskContext<O>): Proposal | Promise<Proposal>;
  /** Releases what the state holds (sessions). */
  release?(state: State): Promise<void>;
}

/** A strategy with its options set, state hidden: what a study runs. Dispose of it: it may hold sessions. */
export interface Searcher extends AsyncDisposable {
  readonly name: string;
  readonly options: StrategyOptions;
  readonly learnsFromRepeats: boolean;
  readonly notice?: string;
  tell(trial: Scored): void;
  ask(
    schema: Schema<unknown>,
    rng: Rng,
    trial: number,
    attempt?: number,
    signal?: AbortSignal,
  ): Promise<Proposal>;
}

export interface StrategyDefinition {
  readonly name: string;
  readonly description: string;
  /** More for the page of strategies, in paragraphs. */
  readonly about?: string;
  /** Options with their defaults. */
  readonly options: StrategyOptions;
  readonly needs: readonly Need[];
  readonly manyObjectives: boolean;
  /** How its trials climb where nobody says otherwise. */
  readonly rungs?: RungPolicyName;
  readonly deliberate: boolean;
  /** Why it cannot search a space; undefined where it can. */
  accepts(schema: Schema<unknown>): string | undefined;
  /** @throws `unknown_option`, `strategy_options`, `strategy_needs` */
  searcher(options?: StrategyOptions, tools?: StrategyTools): Searcher;
}

export function defineStrategy<State, O extends StrategyOptions>(
  strategy: Strategy<State, O>,
): StrategyDefinition {
  const needs = strategy.needs ?? [];
  const accepts = (schema: Schema<unknown>) => strategy.accepts?.(schema);
  return {
    name: strategy.name,
    description: strategy.description,
    about: strategy.about,
    options: strategy.options,
    needs,
    manyObjectives: strategy.manyObjectives ?? false,
    rungs: strategy.rungs,
    deliberate: strategy.deliberate ?? false,
    accepts,
    searcher(given = {}, tools = { seed: 0 }) {
      const options = { ...strategy.options, ...checkedOptions(strategy, given) };
      const wrong = strategy.check?.(options);
      if (wrong !== undefined)
        fail("strategy_options", { path: strategy.name, hint: wrong }, { exitCode: ExitCode.usage });
      for (const need of needs) {
        if (tools[need] === undefined) {
          fail(
            "strategy_needs",
            { path: strategy.name, ...NEEDS[need], received: "none" },
            { exitCode: ExitCode.usage },
          );
        }
      }
      const notice = strategy.notice?.(tools);
      let state = strategy.start(options, tools);
      const known = new Set<number>();
      // One question at a time: what a question computes may be kept for the next one.
      let last: Promise<unknown> = Promise.resolve();
      return {
        name: strategy.name,
        options,
        learnsFromRepeats: strategy.learnsFromRepeats ?? false,
        ...(notice !== undefined && { notice }),
        tell: (trial) => {
          state = strategy.tell(state, known.has(trial.trial) ? { ...trial, again: true } : trial, options);
          known.add(trial.trial);
        },
        ask: (schema, rng, trial, attempt = 0, signal = undefined) => {
          const now = state;
          const context = { schema, options, rng, trial, attempt, tools, signal };
          const answer = last.then(() => strategy.ask(now, context));
          last = answer.catch(() => undefined);
          return answer;
        },
        [Symbol.asyncDispose]: async () => {
          await last;
          await strategy.release?.(state);
        },
      };
    },
  };
}

function checkedOptions<O extends StrategyOptions>(
  strategy: { readonly name: string; readonly options: O },
  given: StrategyOptions,
): Partial<O> {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(strategy.options, name)) unknownName("option", name, Object.keys(strategy.options));
    if (!Number.isFinite(value)) {
      fail(
        "strategy_options",
        { path: `${strategy.name}.${name}`, expected: "a number", received: String(value) },
        { exitCode: ExitCode.usage },
      );
    }
  }
  return given as Partial<O>;
}

/** The objectives of a trial: the score alone where nothing more was told. */
export function objectivesOf({ score, objectives }: Scored): readonly number[] {
  return objectives ?? [score];
}
