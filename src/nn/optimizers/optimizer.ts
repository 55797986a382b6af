import type { Value } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";
import type { ParameterLayout } from "./layout.js";

/** What an optimizer carries from step to step, beside the weights. */
export interface Slot {
  readonly name: string;
  readonly shape: (layout: ParameterLayout) => readonly number[];
  /** Contents before the first step: zeros, the initial weights, or the initial running statistics. */
  readonly start: "zero" | "theta" | "states";
}

/** Loss (scalar) and gradient (as long as theta) at some weights, for the step's examples. */
export interface LossAndGradient {
  readonly loss: Value;
  readonly grad: Value;
}

/** What an optimizer sees in one step. Flat vectors hold every parameter, one after the other. */
export interface OptimizerStep {
  readonly theta: Value;
  readonly grad: Value;
  /** The loss at theta, scalar. */
  readonly loss: Value;
  /** In the order of {@link Optimizer.slots}. */
  readonly slots: readonly Value[];
  /** Scalar, or a vector where groups of parameters have rates of their own. */
  readonly learningRate: Value;
  /** Scalar float32, 1 in the first step. */
  readonly step: Value;
  /** Scalar uint32, new in each step: what {@link Optimizer}s draw random numbers from. */
  readonly key: Value;
  /** The network's running statistics after this step's forward pass. */
  readonly states: Value;
  readonly layout: ParameterLayout;
  /**
   * Emits forward pass and gradient once more, at other weights, with the same examples and the same random
   * numbers; `g` may be a builder inside a `Loop` or an `If`.
   */
  readonly evaluate: (g: Builder, theta: Value) => LossAndGradient;
  /** The loss alone at other weights. */
  readonly lossAt: (g: Builder, theta: Value) => Value;
}

/** What a step leaves behind. */
export interface OptimizerResult {
  readonly theta: Value;
  readonly slots: readonly Value[];
}

/** Slots whose contents are to be evaluated and exported in place of the weights and running statistics. */
export interface AverageSlots {
  readonly theta: number;
  readonly states: number;
}

/** A rule of descent as operators over flat vectors: one operator a step, not one a parameter. */
export interface Optimizer {
  readonly name: string;
  readonly slots: readonly Slot[];
  readonly average?: AverageSlots;
  update(g: Builder, it: OptimizerStep): OptimizerResult;
}

/** A slot as long as theta. */
export function vectorSlot(name: string, start: "zero" | "theta" = "zero"): Slot {
  return { name, start, shape: ({ size }) => [size] };
}

/** A slot of one number, zero at the start. */
export function scalarSlot(name: string): Slot {
  return { name, start: "zero", shape: () => [] };
}

/** The slots of a step by position; an optimizer that gets fewer than it declares is called wrongly. */
export function slotsOf<const N extends readonly string[]>(
  { slots }: Pick<OptimizerStep, "slots">,
  ...names: N
): { readonly [K in keyof N]: Value } {
  return names.map((name, i) => {
    const slot = slots[i];
    if (slot === undefined) throw new Error(`the slot ${name} is missing`);
    return slot;
  }) as { readonly [K in keyof N]: Value };
}

/**
 * An optimizer that does something around another one. Its own slots stand behind the other's.
 *
 * @param update receives the inner update as a function, and its own slots
 */
export function wrap(
  base: Optimizer,
  name: string,
  slots: readonly Slot[],
  update: (
    g: Builder,
    it: OptimizerStep,
    inner: (it: OptimizerStep) => OptimizerResult,
  ) => { readonly theta: Value; readonly inner: readonly Value[]; readonly own: readonly Value[] },
): Optimizer {
  const count = base.slots.length;
  return {
    name: `${name}(${base.name})`,
    slots: [...base.slots, ...slots],
    average: base.average,
    update(g, it) {
      const held = it.slots.slice(0, count);
      const result = update(g, { ...it, slots: it.slots.slice(count) }, (step) =>
        base.update(g, { ...step, slots: held }),
      );
      return { theta: result.theta, slots: [...result.inner, ...result.own] };
    },
  };
}

/**
 * An optimizer that sees changed gradients, also those that it asks for at other weights: clipping, noise,
 * centralisation.
 */
export function withGradient(
  base: Optimizer,
  name: string,
  change: (g: Builder, grad: Value, theta: Value, it: OptimizerStep) => Value,
): Optimizer {
  return {
    ...base,
    name: `${name}(${base.name})`,
    update: (g, it) =>
      base.update(g, {
        ...it,
        grad: change(g, it.grad, it.theta, it),
        evaluate(inner, theta) {
          const { loss, grad } = it.evaluate(inner, theta);
          return { loss, grad: change(inner, grad, theta, it) };
        },
      }),
  };
}
