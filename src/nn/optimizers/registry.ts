import { unknownName } from "../../base/index.js";
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
