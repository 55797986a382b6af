import { didYouMean, type Issue, issue } from "../base/index.js";

/** What a user may change about an architecture. Every setting has a default. */
export type Setting =
  | {
      readonly kind: "number";
      readonly default: number;
      readonly min: number;
      readonly max: number;
      readonly integer: boolean;
      /** Where set, values are `min` plus a multiple of it. */
      readonly step?: number;
      readonly doc: string;
    }
  | {
      readonly kind: "choice";
      readonly default: string;
      readonly options: readonly string[];
      readonly doc: string;
    }
  | { readonly kind: "flag"; readonly default: boolean; readonly doc: string };

export type Settings = Readonly<Record<string, Setting>>;

/** The values that a build reads. */
export type SettingValues<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends { kind: "number" }
    ? number
    : S[K] extends { kind: "flag" }
      ? boolean
      : S[K] extends { kind: "choice"; options: readonly (infer T)[] }
        ? T
        : never;
};

export type AnyValues = Readonly<Record<string, number | string | boolean>>;

interface Range {
  readonly min: number;
  readonly max: number;
  readonly step?: number;
}

/** Settings by kind: `setting.int(16, { min: 4, max: 512 }, "channels of the first stage")`. */
export const setting = {
  int: (value: number, range: Range, doc: string) =>
    ({ kind: "number", default: value, ...range, integer: true, doc }) as const,
  real: (value: number, range: Range, doc: string) =>
    ({ kind: "number", default: value, ...range, integer: false, doc }) as const,
  oneOf: <const T extends string>(options: readonly T[], value: NoInfer<T>, doc: string) =>
    ({ kind: "choice", default: value, options, doc }) as const,
  flag: (value: boolean, doc: string) => ({ kind: "flag", default: value, doc }) as const,
};

/** Defaults with what is given in their place; an issue for an unknown name or a value that does not fit. */
export function resolveSettings<S extends Settings>(
  architecture: string,
  settings: S,
  given: Readonly<Record<string, unknown>> = {},
): SettingValues<S> | Issue {
  const known = Object.keys(settings);
  const stray = Object.keys(given).find((name) => !known.includes(name));
  if (stray !== undefined) {
    const near = didYouMean(stray, known);
    return issue("unknown_setting", {
      path: `${architecture}/${stray}`,
      expected: known.length === 0 ? "no settings" : `one of ${known.join(", ")}`,
      hint: near === undefined ? undefined : `did you mean ${near}?`,
    });
  }
  const values: Record<string, number | string | boolean> = {};
  for (const [name, it] of Object.entries(settings)) {
    const value = given[name];
    if (value === undefined) values[name] = it.default;
    else if (fits(it, value)) values[name] = value;
    else {
      return issue("setting_value", {
        path: `${architecture}/${name}`,
        expected: describeSetting(it),
        received: JSON.stringify(value) ?? String(value),
      });
    }
  }
  return values as SettingValues<S>;
}

function fits(it: Setting, value: unknown): value is number | string | boolean {
  if (it.kind === "flag") return typeof value === "boolean";
  if (it.kind === "choice") return typeof value === "string" && it.options.includes(value);
  return (
    typeof value === "number" &&
    value >= it.min &&
    value <= it.max &&
    (!it.integer || Number.isSafeInteger(value)) &&
    (it.step === undefined || (value - it.min) % it.step === 0)
  );
}

/** The values that a setting takes, in words. */
export function describeSetting(it: Setting): string {
  if (it.kind === "flag") return "true or false";
  if (it.kind === "choice") return `one of ${it.options.join(", ")}`;
  const steps = it.step === undefined ? "" : ` in steps of ${it.step}`;
  return `${it.integer ? "a whole number" : "a number"} from ${it.min} to ${it.max}${steps}`;
}
