import { ExitCode, fail, unknownName } from "../../base/index.js";
import type { Optimizer } from "./optimizer.js";

/** A number or a switch that a rule takes. */
export type OptionRule =
  | {
      readonly kind: "number";
      readonly default: number;
      /** At least this. */
      readonly min?: number;
      /** More than this. */
      readonly above?: number;
      /** At most this. */
      readonly max?: number;
      /** Less than this. */
      readonly below?: number;
      readonly whole?: boolean;
      readonly doc: string;
    }
  | { readonly kind: "flag"; readonly default: boolean; readonly doc: string };
export type OptionRules = Readonly<Record<string, OptionRule>>;

/** What is left when every option is given. */
export type OptionsOf<R extends OptionRules> = { readonly [K in keyof R]: ValueOf<R[K]> };
type ValueOf<Rule> = Rule extends { readonly kind: "number" } ? number : boolean;

export const number = (
  value: number,
  doc: string,
  bounds: {
    readonly min?: number;
    readonly above?: number;
    readonly max?: number;
    readonly below?: number;
    readonly whole?: boolean;
  } = {},
) => ({ kind: "number", default: value, doc, ...bounds }) as const;
export const flag = (value: boolean, doc: string) => ({ kind: "flag", default: value, doc }) as const;

/** Options that many rules share. */
export const common = {
  weightDecay: (value: number) => number(value, "λ: how strongly weights are drawn to zero", { min: 0 }),
  beta: (value: number, doc: string) => number(value, doc, { min: 0, below: 1 }),
  epsilon: (value: number) => number(value, "ε: keeps quotients finite", { above: 0 }),
};

/**
 * All options, defaults included.
 *
 * @throws `unknown_option` for a name that the rules do not have; `optimizer_option` for a value out of bounds
 */
export function resolveOptions<R extends OptionRules>(
  name: string,
  rules: R,
  given: Readonly<Record<string, unknown>> = {},
): OptionsOf<R> {
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(rules, key)) unknownName("option", `${name}.${key}`, Object.keys(rules));
  }
  return Object.fromEntries(
    Object.entries(rules).map(([key, rule]) => {
      const value = given[key] ?? rule.default;
      const problem = wrongWith(rule, value);
      if (problem !== undefined) {
        fail(
          "optimizer_option",
          { path: `${name}.${key}`, expected: problem, received: String(value) },
          { exitCode: ExitCode.usage },
        );
      }
      return [key, value];
    }),
  ) as OptionsOf<R>;
}

/** What a value should have been; undefined where it is right. */
function wrongWith(rule: OptionRule, value: unknown): string | undefined {
  if (rule.kind === "flag") return typeof value === "boolean" ? undefined : "true or false";
  const { min, above, max, below, whole = false } = rule;
  const right =
    typeof value === "number" &&
    Number.isFinite(value) &&
    (min === undefined || value >= min) &&
    (above === undefined || value > above) &&
    (max === undefined || value <= max) &&
    (below === undefined || value < below) &&
    (!whole || Number.isInteger(value));
  if (right) return undefined;
  const bounds = [
    min !== undefined && `at least ${min}`,
    above !== undefined && `above ${above}`,
    max !== undefined && `at most ${max}`,
    below !== undefined && `below ${below}`,
  ].filter((text) => text !== false);
  return `a ${whole ? "whole " : ""}number${bounds.length === 0 ? "" : ` ${bounds.join(" and ")}`}`;
}

interface Definition<R extends OptionRules> {
  /** As recipes and the command line call it. */
  readonly name: string;
  /** One sentence, for lists. */
  readonly doc: string;
  readonly options: R;
}

/** Makes an optimizer from options; carries what is known of it. */
export interface OptimizerFactory<R extends OptionRules = OptionRules> extends Readonly<Definition<R>> {
  (options?: Partial<OptionsOf<R>>): Optimizer;
}

/** Makes an optimizer around another one. */
export interface WrapperFactory<R extends OptionRules = OptionRules> extends Readonly<Definition<R>> {
  (base: Optimizer, options?: Partial<OptionsOf<R>>): Optimizer;
}

/** A rule of descent with its options and their bounds. */
export function defineOptimizer<R extends OptionRules>(
  definition: Definition<R> & { readonly make: (options: OptionsOf<R>) => Omit<Optimizer, "name"> },
): OptimizerFactory<R> {
  const { name, doc, options, make } = definition;
  const factory = (given?: Partial<OptionsOf<R>>): Optimizer => ({
    name,
    ...make(resolveOptions(name, options, given)),
  });
  return named(factory, name, { doc, options });
}

/** Something around any rule of descent. */
export function defineWrapper<R extends OptionRules>(
  definition: Definition<R> & { readonly make: (base: Optimizer, options: OptionsOf<R>) => Optimizer },
): WrapperFactory<R> {
  const { name, doc, options, make } = definition;
  const factory = (base: Optimizer, given?: Partial<OptionsOf<R>>): Optimizer =>
    make(base, resolveOptions(name, options, given));
  return named(factory, name, { doc, options });
}

/** A function's own `name` can only be set by defining it. */
function named<F extends object, X extends object>(
  factory: F,
  name: string,
  fields: X,
): F & X & { readonly name: string } {
  return Object.defineProperty(Object.assign(factory, fields), "name", { value: name }) as F &
    X & { readonly name: string };
}
