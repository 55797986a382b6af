import { fail } from "../../base/index.js";

/** Learning rates by step. A schedule is a function of the step alone, so slices and resumes agree. */
export type Schedule = (step: number, totalSteps: number) => number;

export const constant =
  (rate: number): Schedule =>
  () =>
    rate;

/** `rate` · `gamma`^⌊step / every⌋. */
export function stepDecay(rate: number, every: number, gamma = 0.1): Schedule {
  whole("stepDecay.every", every);
  return (step) => rate * gamma ** Math.floor(step / every);
}

/** The rate times `gamma` at each of the milestones: steps, or shares of the whole where they are below 1. */
export function multiStep(rate: number, milestones: readonly number[], gamma = 0.1): Schedule {
  return (step, total) => {
    const passed = milestones.filter((at) => step >= (at < 1 ? Math.round(at * total) : at)).length;
    return rate * gamma ** passed;
  };
}

/** `rate` · `gamma`^step. */
export function exponential(rate: number, gamma: number): Schedule {
  positive("exponential.gamma", gamma);
  return (step) => rate * gamma ** step;
}

/** Half a cosine from `peak` to `floor` (Loshchilov & Hutter 2017), which it reaches one step after the last. */
export function cosine(peak: number, floor = 0): Schedule {
  return (step, total) => cosineAt(peak, floor, step / Math.max(1, total));
}

/**
 * Cosines that begin anew (SGDR; Loshchilov & Hutter 2017): the first takes `period` steps, each further one `growth`
 * times as many.
 */
export function cosineRestarts(peak: number, period: number, growth = 1, floor = 0): Schedule {
  whole("cosineRestarts.period", period);
  if (!(growth >= 1))
    fail("schedule_option", { path: "cosineRestarts.growth", expected: "at least 1", received: `${growth}` });
  return (step) => {
    let [at, length] = [step, period];
    while (at >= length) {
      at -= length;
      length *= growth;
    }
    return cosineAt(peak, floor, at / length);
  };
}

/**
 * One cycle (Smith & Topin 2019, in PyTorch's form): half a cosine up from peak/`startFactor` over `rise` of the steps,
 * then one down to peak/(`startFactor`·`endFactor`) at the last. Departure: the momentum stays as it is.
 */
export function oneCycle(peak: number, rise = 0.3, startFactor = 25, endFactor = 1e4): Schedule {
  if (!(rise > 0 && rise < 1))
    fail("schedule_option", { path: "oneCycle.rise", expected: "between 0 and 1", received: `${rise}` });
  return (step, total) => {
    const top = rise * total - 1;
    const start = peak / startFactor;
    if (step <= top) return cosineAt(start, peak, top <= 0 ? 1 : step / top);
    return cosineAt(peak, start / endFactor, (step - top) / Math.max(1, total - 1 - top));
  };
}

/** From `rate` down to `end` as (1 − step/total)^`power`. */
export function polynomial(rate: number, power = 1, end = 0): Schedule {
  return (step, total) => end + (rate - end) * (1 - Math.min(1, step / Math.max(1, total))) ** power;
}

/** Vaswani et al. 2017, section 5.3: linearly up to `peak` at step `warmupSteps`, then peak·√(warmupSteps/step). */
export function inverseSquareRoot(peak: number, warmupSteps: number): Schedule {
  whole("inverseSquareRoot.warmupSteps", warmupSteps);
  return (step) => peak * Math.min((step + 1) / warmupSteps, Math.sqrt(warmupSteps / (step + 1)));
}

/**
 * Linear warm-up before any schedule: the rates rise in equal steps, not from zero, to where `after` begins; `after`
 * counts its steps from the end of the warm-up.
 */
export function warmup(steps: number, after: Schedule): Schedule {
  return (step, total) => {
    const rest = Math.max(1, total - steps);
    return step < steps ? (after(0, rest) * (step + 1)) / (steps + 1) : after(step - steps, rest);
  };
}

/** One schedule after another; each counts its own steps, and the last takes what is left. */
export function sequence(
  parts: readonly { readonly steps: number; readonly schedule: Schedule }[],
  last: Schedule,
): Schedule {
  return (step, total) => {
    let at = step;
    for (const { steps, schedule } of parts) {
      if (at < steps) return schedule(at, steps);
      at -= steps;
    }
    return last(at, Math.max(1, total - (step - at)));
  };
}

/** Linear {@link warmup} over `warmupSteps`, then a {@link cosine} down to `floor`. */
export function warmupCosine(peak: number, warmupSteps: number, floor = 0): Schedule {
  return warmup(warmupSteps, cosine(peak, floor));
}

function cosineAt(from: number, to: number, progress: number): number {
  return to + (from - to) * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, progress)));
}

function whole(path: string, value: number): void {
  if (!(Number.isInteger(value) && value >= 1))
    fail("schedule_option", { path, expected: "a whole number of at least 1", received: `${value}` });
}

function positive(path: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value)))
    fail("schedule_option", { path, expected: "a number above 0", received: `${value}` });
}
