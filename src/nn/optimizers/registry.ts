import { ExitCode, fail, unknownName } from "../../base/index.js";
import { adagrad } from "./adagrad.js";
import { adam, adamW } from "./adam.js";
import { ema, swa } from "./average.js";
import { centralize } from "./centralize.js";
import { adaptiveClip, clipNorm, clipValue } from "./clip.js";
import type { OptimizerFactory, WrapperFactory } from "./define.js";
import { lamb } from "./lamb.js";
import { lbfgs } from "./lbfgs.js";
import { lion } from "./lion.js";
import { lookahead } from "./lookahead.js";
import { gradientNoise } from "./noise.js";
import type { Optimizer } from "./optimizer.js";
import { rmsprop } from "./rmsprop.js";
import { asam, sam } from "./sam.js";
import { nesterov, sgd } from "./sgd.js";

/** Every rule of descent by name. */
export const OPTIMIZERS = { sgd, nesterov, adam, adamw: adamW, rmsprop, adagrad, lion, lamb, lbfgs } as const;
export type OptimizerName = keyof typeof OPTIMIZERS;
export const OPTIMIZER_NAMES = Object.keys(OPTIMIZERS) as readonly OptimizerName[];

/** Everything that goes around a rule of descent, by name. */
export const OPTIMIZER_WRAPPERS = {
  sam,
  asam,
  lookahead,
  ema,
  swa,
  "gradient-noise": gradientNoise,
  "clip-norm": clipNorm,
  "clip-value": clipValue,
  "adaptive-clip": adaptiveClip,
  centralize,
} as const;
export type OptimizerWrapperName = keyof typeof OPTIMIZER_WRAPPERS;
export const OPTIMIZER_WRAPPER_NAMES = Object.keys(OPTIMIZER_WRAPPERS) as readonly OptimizerWrapperName[];

export type OptionValues = Readonly<Record<string, number | boolean>>;

/**
 * An optimizer by its name in {@link OPTIMIZERS}.
 *
 * @throws `unknown_optimizer`, `unknown_option`, `optimizer_option`
 */
export function optimizerByName(name: string, options: OptionValues = {}): Optimizer {
  if (!Object.hasOwn(OPTIMIZERS, name)) unknownName("optimizer", name, OPTIMIZER_NAMES);
  const factory: OptimizerFactory = OPTIMIZERS[name as OptimizerName];
  return factory(options);
}

/** `base` inside a wrapper by its name in {@link OPTIMIZER_WRAPPERS}. */
export function wrapByName(base: Optimizer, name: string, options: OptionValues = {}): Optimizer {
  if (!Object.hasOwn(OPTIMIZER_WRAPPERS, name)) unknownName("wrapper", name, OPTIMIZER_WRAPPER_NAMES);
  const factory: WrapperFactory = OPTIMIZER_WRAPPERS[name as OptimizerWrapperName];
  return factory(base, options);
}

/**
 * An optimizer as a text: a name with options, and before it whatever goes around it, the outermost first:
 * `adamw`, `sgd:momentum=0.8,nesterov=true`, `ema:decay=0.99+sam:rho=0.1+adamw`.
 *
 * @param defaults options of the rule of descent where the text does not give them; those it does not know are left out
 * @throws `unknown_optimizer`, `unknown_wrapper`, `unknown_option`, `optimizer_option`, `optimizer_text`
 */
export function optimizerFromText(text: string, defaults: OptionValues = {}): Optimizer {
  const parts = text.split("+").map((part) => parsePart(part.trim(), text));
  const base = parts.pop();
  if (base === undefined) return failText(text);
  if (!Object.hasOwn(OPTIMIZERS, base.name)) unknownName("optimizer", base.name, OPTIMIZER_NAMES);
  const known: OptimizerFactory["options"] = OPTIMIZERS[base.name as OptimizerName].options;
  const own = Object.fromEntries(Object.entries(defaults).filter(([name]) => Object.hasOwn(known, name)));
  return parts.reduceRight(
    (inner, { name, options }) => wrapByName(inner, name, options),
    optimizerByName(base.name, { ...own, ...base.options }),
  );
}

function parsePart(part: string, text: string): { readonly name: string; readonly options: OptionValues } {
  const [name = "", ...rest] = part.split(":");
  const options: Record<string, number | boolean> = {};
  for (const pair of rest.join(":").split(",").filter(Boolean)) {
    const [key = "", value = "", ...more] = pair.split("=").map((it) => it.trim());
    if (key === "" || value === "" || more.length > 0) return failText(text);
    options[key] = value === "true" || value === "false" ? value === "true" : Number(value);
  }
  return name === "" ? failText(text) : { name, options };
}

function failText(text: string): never {
  return fail(
    "optimizer_text",
    { expected: "name:option=value,option=value, several joined by +", received: text },
    { exitCode: ExitCode.usage },
  );
}
