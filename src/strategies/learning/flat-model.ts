import { gradients } from "../../autodiff/index.js";
import { sizeOf, type Value } from "../../ir/index.js";
import { adam, layoutOf } from "../../nn/index.js";
import type { Builder } from "../../ops/index.js";

/** The parameters of a small model that the runtime trains, in the order in which they lie in one flat vector. */
export type FlatLayout = readonly { readonly name: string; readonly shape: readonly number[] }[];

export function flatLength(layout: FlatLayout): number {
  return layout.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** The parameters as values of their shapes, by name. */
export function parametersOf(g: Builder, layout: FlatLayout, theta: Value): ReadonlyMap<string, Value> {
  const sizes = layout.map(({ shape }) => sizeOf(shape));
  const pieces = g.op("Split", [theta, g.i64(sizes)], { axis: 0 }, layout.length);
  return new Map(
    layout.map(({ name, shape }, i) => [name, g.Reshape(pieces[i] ?? theta, g.i64([...shape]))] as const),
  );
}

/** Weights, and Adam's two moments of them. */
export type Trained = readonly [theta: Value, first: Value, second: Value];

/**
 * One step of Adam on a loss that is a function of the flat vector; `step` is 1 in the first one.
 */
export function descend(
  g: Builder,
  layout: FlatLayout,
  [from, ...slots]: Trained,
  step: Value,
  rate: number,
  lossOf: (theta: Value) => Value,
): Trained {
  // A value of this graph's own: gradients are taken of what follows from it.
  const theta = g.Identity(from);
  const loss = lossOf(theta);
  const [grad = theta] = gradients(g, loss, [theta]);
  const { theta: next, slots: moments } = adam().update(g, {
    theta,
    grad,
    loss,
    slots,
    learningRate: g.scalar(rate),
    step,
    key: step,
    states: step,
    layout: layoutOf(
      layout.map((it) => ({ ...it, decay: false })),
      1,
    ),
    evaluate: () => ({ loss, grad }),
    lossAt: () => loss,
  });
  const [first = theta, second = theta] = moments;
  return [next, first, second];
}
