import type { Value } from "../../ir/index.js";
import type { Builder } from "../builder.js";

/** What ScatterElements and ScatterND do where an update meets what is there. */
export type Reduction = "none" | "add" | "mul" | "max" | "min";
export const REDUCTIONS: readonly string[] = ["none", "add", "mul", "max", "min"] satisfies Reduction[];

export function reduce(reduction: string, old: number, update: number): number {
  if (reduction === "add") return old + update;
  if (reduction === "mul") return old * update;
  if (reduction === "max") return Math.max(old, update);
  if (reduction === "min") return Math.min(old, update);
  return update;
}

/** How a gradient rule reads and writes at the indices of one scatter. */
export interface ScatterAccess {
  readonly gather: (x: Value) => Value;
  readonly scatter: (onto: Value, updates: Value, reduction: Reduction) => Value;
}

/**
 * Gradients of a scatter, the same for both operators. With `none` the indices are distinct, as ONNX demands.
 * With `mul` the gradient of an update divides by it, so it does not exist at zero. With `max` and `min` all
 * that attain the extremum share the gradient equally.
 */
export function scatterGrad(
  g: Builder,
  { gather, scatter }: ScatterAccess,
  reduction: string,
  { data, updates, y, dy }: { data: Value; updates: Value; y: Value; dy: Value },
  needs: (input: "data" | "updates") => boolean,
): { data?: Value; updates?: Value } {
  const zero = g.scalar(0, dy.dtype);
  if (reduction === "add") {
    return { data: dy, updates: needs("updates") ? gather(dy) : undefined };
  }
  if (reduction === "none") {
    return {
      data: needs("data") ? scatter(dy, g.Mul(updates, zero), "none") : undefined,
      updates: needs("updates") ? gather(dy) : undefined,
    };
  }
  if (reduction === "mul") {
    const factor = () => scatter(g.Add(g.Mul(data, zero), g.scalar(1, dy.dtype)), updates, "mul");
    return {
      data: needs("data") ? g.Mul(dy, factor()) : undefined,
      updates: needs("updates") ? g.Div(gather(g.Mul(dy, y)), updates) : undefined,
    };
  }
  const one = g.scalar(1, dy.dtype);
  const fromData = g.Where(g.Equal(data, y), one, zero);
  const fromUpdates = g.Where(g.Equal(updates, gather(y)), one, zero);
  const share = g.Div(dy, scatter(fromData, fromUpdates, "add"));
  return { data: g.Mul(share, fromData), updates: g.Mul(gather(share), fromUpdates) };
}
