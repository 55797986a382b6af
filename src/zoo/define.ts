import { type Issue, unwrap } from "../base/index.js";
import type { Value } from "../ir/index.js";
import type { NetworkBuilder } from "../nn/index.js";
import type { Features, ModelBody, Problem, Recipe } from "../train/index.js";
import { type AnyValues, resolveSettings, type Settings, type SettingValues } from "./settings.js";

/** Counts that are known from elsewhere; the zoo's contract counts them again. */
export interface Fact {
  /** Where settings differ from the defaults. */
  readonly settings?: AnyValues;
  /** Shape of one example: [channels, height, width] or [features]. */
  readonly input: readonly number[];
  readonly outputs: number;
  /** Trainable numbers (running statistics are none). */
  readonly params: number;
  /** Multiply-accumulates of all products (Conv, Gemm, MatMul, Einsum) for one example, where counted exactly. */
  readonly macs?: number;
  /** Rounded figures of others; the count must be within 1 % of them. */
  readonly published?: { readonly macs: number };
  /** Publication or derivation behind the numbers. */
  readonly source: string;
}

/** A network that is known by name. */
export interface Architecture<S extends Settings = Settings> {
  readonly name: string;
  readonly description: string;
  readonly settings: S;
  readonly recipe: Recipe;
  readonly facts: readonly Fact[];
  /** A small problem on which the contract tries the architecture, and docs show it. */
  readonly example: {
    readonly settings?: AnyValues;
    readonly input: readonly number[];
    readonly outputs: number;
  };
  /** Why this architecture cannot take a problem; undefined where it can. */
  accepts(problem: Problem): Issue | undefined;
  /** Features in, [N, outputs] out. */
  build(g: NetworkBuilder, features: Features, settings: SettingValues<S>, outputs: number): Value;
}

/** Declare an architecture. One file an architecture; add it to `zoo/index.ts`. */
export function defineArchitecture<S extends Settings>(
  architecture: Omit<Architecture<S>, "facts"> & { readonly facts?: readonly Fact[] },
): Architecture<S> {
  return { ...architecture, facts: architecture.facts ?? [] };
}

/**
 * The network of an architecture, as the body of a model. `settings` replace defaults.
 * Errors: `unknown_setting`, `setting_value`.
 */
export function architectureBody<S extends Settings>(
  architecture: Architecture<S>,
  settings: Readonly<Record<string, unknown>> = {},
): ModelBody {
  const values = unwrap(resolveSettings(architecture.name, architecture.settings, settings));
  return (g, features, outputs) => architecture.build(g, features, values, outputs);
}
