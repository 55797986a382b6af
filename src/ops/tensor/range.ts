import { type Dim, dim, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { lengthsIn } from "../contents.js";
import { type Arg, defineOp } from "../define.js";
import { ref } from "../reference.js";
import { integersOf } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** start, start + delta, ... up to `limit` (exclusive) as a vector. */
    Range(start: Value, limit: Value, delta: Value): Value;
  }
}

/** Evenly spaced numbers. */
export const Range = defineOp({
  type: "Range",
  since: 11,
  doc: "Evenly spaced numbers from start to limit (exclusive) as a vector.",
  inputs: ["start", "limit", "delta"],
  outputs: ["y"],
  infer({ start, limit, delta }) {
    const [from] = ends(start);
    const [to] = ends(limit);
    const [by] = integersOf(delta) ?? [];
    if (by === 0) return issue("range_delta", { expected: "a step other than 0" });
    const length =
      from === undefined || to === undefined || by === undefined ? undefined : steps(from, to, by);
    return { y: { dtype: start.dtype, shape: [length ?? dim.unknown()] } };
  },
  cost: ({ start }, { y }) => ({ flops: start.dtype.startsWith("float") ? dim.size(y.shape) : 0 }),
  evaluate({ start, limit, delta }) {
    const [from = 0] = start.data;
    const [by = 1] = delta.data;
    const length = count(from, limit.data[0] ?? 0, by);
    return {
      y: ref(
        start.dtype,
        [length],
        Float64Array.from({ length }, (_, i) => from + i * by),
      ),
    };
  },
  // y[i] = start + i delta, so each number moves with start and, i times, with delta; limit only decides the count.
  grad(g, { start, delta }, { y: dy }, { needs, outputs }) {
    if (dy === undefined) return {};
    const sum = (v: Value) => g.ReduceSum(v, undefined, { keepdims: 0 });
    const steps = () => g.Div(g.Sub(outputs.y, start), delta);
    return {
      start: needs("start") ? sum(dy) : undefined,
      delta: needs("delta") ? sum(g.Mul(dy, steps())) : undefined,
    };
  },
  samples: [
    { inputs: { start: int(2), limit: int(11), delta: int(3) } },
    { inputs: { start: int(5), limit: int(-1), delta: int(-2) } },
    { inputs: { start: int(5), limit: int(5), delta: int(1) } },
    { inputs: { start: float(0.5), limit: float(3.2), delta: float(0.75) }, grad: ["start", "delta"] },
  ],
});

/** A bound: a number of any type, or a length. */
function ends(arg: Arg): readonly Dim[] {
  return lengthsIn(arg) ?? integersOf(arg) ?? [];
}

function steps(from: Dim, to: Dim, by: number): Dim | undefined {
  if (typeof from === "number" && typeof to === "number") return count(from, to, by);
  // From 0 up to a length: never fewer than none.
  return by > 0 && from === 0 && typeof to === "string" && !to.includes("-")
    ? dim.ceilDiv(to, by)
    : undefined;
}

function count(from: number, to: number, by: number): number {
  return Math.max(0, Math.ceil((to - from) / by));
}

function int(value: number) {
  return { dims: [], dtype: "int64" as const, values: [value] };
}

function float(value: number) {
  return { dims: [], values: [value], feed: true };
}
