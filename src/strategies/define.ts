import { ExitCode, fail, type Rng, unknownName } from "../base/index.js";
import type { Schema } from "../schema/index.js";

/** A trial as strategies see it: a genotype and how good it turned out. */
export interface Scored {
  readonly trial: number;
  readonly genotype: unknown;
  /** Higher is better. */
  readonly score: number;
  /** Fidelity at which it was scored; a trial is told again when it reaches a higher one. */
  readonly rung: number;
}

/** A genotype to try, and where it comes from. */
export interface Proposal {
  readonly genotype: unknown;
  readonly origin: string;
  readonly parent?: number;
}

export interface AskContext<O> {
  readonly schema: Schema<unknown>;
  readonly options: O;
  /** Derived from (study seed, trial number, attempt): a strategy keeps no random state. */
  readonly rng: Rng;
}

export type StrategyOptions = Readonly<Record<string, number>>;

/**
 * How a space is searched: ask and tell over genotypes. The state is a fold of `tell` over the scored trials in
 * the order of the log, so replaying the log rebuilds it. Limits, duplicates, retries and budgets are the
 * study's business.
 */
export interface Strategy<State = unknown, O extends StrategyOptions = StrategyOptions> {
  readonly name: string;
  readonly description: string;
  readonly options: O;
  /** What is wrong with options that are each in order; undefined where nothing is. */
  check?(options: O): string | undefined;
  start(): State;
  /** Pure: returns the next state. */
  tell(state: State, trial: Scored, options: O): State;
  ask(state: State, context: AskContext<O>): Proposal;
}

/** A strategy with its options set, state hidden: what a study runs. */
export interface Searcher {
  readonly name: string;
  readonly options: StrategyOptions;
  tell(trial: Scored): void;
  ask(schema: Schema<unknown>, rng: Rng): Proposal;
}

export function defineStrategy<State, O extends StrategyOptions>(
  strategy: Strategy<State, O>,
): StrategyDefinition {
  return {
    name: strategy.name,
    description: strategy.description,
    options: strategy.options,
    searcher(given = {}) {
      const options = { ...strategy.options, ...checkedOptions(strategy, given) };
      const wrong = strategy.check?.(options);
      if (wrong !== undefined)
        fail("strategy_options", { path: strategy.name, hint: wrong }, { exitCode: ExitCode.usage });
      let state = strategy.start();
      return {
        name: strategy.name,
        options,
        tell: (trial) => {
          state = strategy.tell(state, trial, options);
        },
        ask: (schema, rng) => strategy.ask(state, { schema, options, rng }),
      };
    },
  };
}

export interface StrategyDefinition {
  readonly name: string;
  readonly description: string;
  /** Options with their defaults. */
  readonly options: StrategyOptions;
  /** @throws `unknown_option`, `strategy_options` */
  searcher(options?: StrategyOptions): Searcher;
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
