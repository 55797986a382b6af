import { unknownName } from "../../base/index.js";
import {
  constant,
  cosine,
  cosineRestarts,
  inverseSquareRoot,
  multiStep,
  oneCycle,
  polynomial,
  type Schedule,
  stepDecay,
  warmup,
} from "./schedules.js";

/** What a named schedule is made from. */
export interface NamedScheduleOptions {
  /** The highest learning rate. */
  readonly rate: number;
  readonly warmupSteps: number;
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
}

/** Schedules for recipes and the command line, with the field's usual settings; most begin with a linear warm-up. */
const NAMED = {
  cosine: ({ rate, warmupSteps }) => warmup(warmupSteps, cosine(rate)),
  constant: ({ rate, warmupSteps }) => warmup(warmupSteps, constant(rate)),
  /** To zero along a straight line. */
  linear: ({ rate, warmupSteps }) => warmup(warmupSteps, polynomial(rate)),
  /** With power 2. */
  polynomial: ({ rate, warmupSteps }) => warmup(warmupSteps, polynomial(rate, 2)),
  /** A tenth at each third of the steps. */
  step: ({ rate, warmupSteps, totalSteps }) =>
    warmup(warmupSteps, stepDecay(rate, Math.max(1, Math.ceil((totalSteps - warmupSteps) / 3)))),
  /** A tenth at half and at three quarters. */
  "multi-step": ({ rate, warmupSteps }) => warmup(warmupSteps, multiStep(rate, [0.5, 0.75])),
  /** To a hundredth in all. */
  exponential: ({ rate, warmupSteps }) =>
    warmup(warmupSteps, (step, total) => rate * 0.01 ** (step / Math.max(1, total))),
  /** The first of one epoch, each further one twice as long. */
  "cosine-restarts": ({ rate, warmupSteps, stepsPerEpoch }) =>
    warmup(warmupSteps, cosineRestarts(rate, Math.max(1, stepsPerEpoch), 2)),
  /** Brings a rise of its own. */
  "one-cycle": ({ rate }) => oneCycle(rate),
  "inverse-sqrt": ({ rate, warmupSteps }) => inverseSquareRoot(rate, Math.max(1, warmupSteps)),
} satisfies Record<string, (options: NamedScheduleOptions) => Schedule>;

export type ScheduleName = keyof typeof NAMED;
export const SCHEDULE_NAMES = Object.keys(NAMED) as readonly ScheduleName[];

/** @throws `unknown_schedule` */
export function scheduleByName(name: string, options: NamedScheduleOptions): Schedule {
  if (!Object.hasOwn(NAMED, name)) unknownName("schedule", name, SCHEDULE_NAMES);
  return NAMED[name as ScheduleName](options);
}
