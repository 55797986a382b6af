import type { Value } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";
import { defineWrapper, flag, number } from "./define.js";
import { type Optimizer, type Slot, slotsOf, vectorSlot, wrap } from "./optimizer.js";

const SLOTS: readonly Slot[] = [
  vectorSlot("average_theta", "theta"),
  { name: "average_states", start: "states", shape: ({ stateSize }) => [Math.max(1, stateSize)] },
];

/** Keeps averages of weights and running statistics: each step moves them a `share` of the way to the new ones. */
function averaging(base: Optimizer, name: string, share: (g: Builder, step: Value) => Value): Optimizer {
  const wrapped = wrap(base, name, SLOTS, (g, it, inner) => {
    const result = inner(it);
    const [theta, states] = slotsOf(it, "average_theta", "average_states");
    const part = share(g, it.step);
    const toward = (old: Value, next: Value) => g.Add(old, g.Mul(g.Sub(next, old), part));
    return {
      theta: result.theta,
      inner: result.slots,
      own: [toward(theta, result.theta), toward(states, it.states)],
    };
  });
  const at = base.slots.length;
  return { ...wrapped, average: { theta: at, states: at + 1 } };
}

/**
 * Exponential moving average of the weights (Polyak & Juditsky 1992; in TensorFlow's form):
 * a ← d·a + (1 − d)·θ with d = min(decay, (1 + t)/(10 + t)). The average, of running statistics too, is what is
 * evaluated and exported; training goes on from the weights themselves.
 */
export const ema = defineWrapper({
  name: "ema",
  doc: "a moving average of the weights is evaluated and exported",
  options: {
    decay: number(0.999, "share of the average that a step keeps", { min: 0, below: 1 }),
    warmup: flag(true, "keep less in the first steps"),
  },
  make: (base, { decay, warmup }) =>
    averaging(base, "ema", (g, step) => {
      if (!warmup) return g.scalar(1 - decay);
      // 1 − (1 + t)/(10 + t) = 9/(10 + t)
      return g.Max([g.scalar(1 - decay), g.Div(g.scalar(9), g.Add(step, g.scalar(10)))]);
    }),
});

/**
 * Stochastic weight averaging (Izmailov et al. 2018): from step `from` on, the plain mean of the weights after every
 * `every`th step is evaluated and exported. Departure: running statistics are averaged along, where the paper computes
 * them anew in a pass over the training data.
 */
export const swa = defineWrapper({
  name: "swa",
  doc: "the mean of the weights of late steps is evaluated and exported",
  options: {
    from: number(1, "first step that enters the mean", { min: 1, whole: true }),
    every: number(1, "steps from one that enters the mean to the next", { min: 1, whole: true }),
  },
  make: (base, { from, every }) =>
    averaging(base, "swa", (g, step) => {
      const late = g.Div(g.Sub(step, g.scalar(from)), g.scalar(every));
      const count = g.Floor(late);
      // Before `from` the average is the weights themselves; between two that count it stays.
      const before = g.Less(step, g.scalar(from));
      const counts = g.Equal(late, count);
      const share = g.Where(counts, g.Div(g.scalar(1), g.Add(count, g.scalar(1))), g.scalar(0));
      return g.Where(before, g.scalar(1), share);
    }),
});
