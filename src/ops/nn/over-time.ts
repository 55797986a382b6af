import { dim, type Shape } from "../../base/index.js";
import { type Node, numbersOf, type Value } from "../../ir/index.js";
import { readAttributes } from "../attributes.js";
import type { Builder } from "../builder.js";
import { opOf } from "../registry.js";
import type { Phases } from "./iteration.js";

/** A value of the graph around the loop, made when the loop's reverse stands in it. */
export type Later = () => Value;

/** How the values of all steps are had at once; see {@link sumOverTime}. */
export interface Times {
  /** The graph around the loop. */
  readonly g: Builder;
  readonly phases: Phases;
  /** A value that does not change from step to step, in the graph around. */
  readonly outer: (value: Value) => Value;
  /** The values of all steps, stacked along a new first axis in the order of the forward steps. */
  readonly stack: (value: Value) => Later;
  /** The sum over all steps, carried along by the reverse. */
  readonly carry: (value: Value) => Later;
}

/**
 * The sum over all steps of a value of the reverse. A weight that every step uses gets a gradient from every step;
 * a sum of products XᵀD of all steps is one product of the stacked X and D with the steps folded into the inner axis,
 * which runs many times faster than small products and sums in the loop. Linear operators are applied to the sum.
 */
export function sumOverTime(t: Times, value: Value): Later {
  const node = t.phases.producer(value);
  if (t.phases.of(value) !== "reverse" || node === undefined || node.domain !== "") return t.carry(value);
  const [a, b] = node.inputs;
  if (a === undefined) return t.carry(value);
  const again = (x: Later, ...rest: Value[]): Later => {
    return () => t.g.op1(node.opType, [x(), ...rest], attributesOf(node));
  };
  switch (node.opType) {
    case "Identity":
    case "Neg":
    case "Transpose":
      return again(sumOverTime(t, a));
    case "Reshape":
    case "Squeeze":
    case "Unsqueeze":
      return b !== undefined && fixed(t, b) ? again(sumOverTime(t, a), t.outer(b)) : t.carry(value);
    case "Add":
    case "Sub": {
      if (b === undefined || !sameShape(a, b) || fixed(t, a) || fixed(t, b)) return t.carry(value);
      const [left, right] = [sumOverTime(t, a), sumOverTime(t, b)];
      return () => t.g.op1(node.opType, [left(), right()]);
    }
    case "ReduceSum":
      return reduced(t, node, value);
    case "MatMul":
    case "Gemm":
      return product(t, node, []) ?? t.carry(value);
    default:
      return t.carry(value);
  }
}

/**
 * Stacked values of a step of the reverse that no carried value waits for: where they come from a product with a
 * matrix that stays the same, one product over all steps. Undefined where they must come from the loop.
 */
export function batchedOverTime(t: Times, value: Value): Later | undefined {
  const node = t.phases.producer(value);
  const [a, b, c] = node?.inputs ?? [];
  if (node === undefined || node.domain !== "" || a === undefined || fixed(t, a)) return undefined;
  if (node.opType === "Identity") return t.stack(a);
  if (b === undefined || b.rank !== 2 || !fixed(t, b)) return undefined;
  if (node.opType === "MatMul" && a.rank >= 2) {
    const x = t.stack(a);
    const weight = t.outer(b);
    return () => t.g.op1("MatMul", [x(), weight]);
  }
  const attrs = attributesOf(node);
  if (node.opType !== "Gemm" || c !== undefined || attrs.transA === 1 || attrs.alpha !== 1) return undefined;
  const x = t.stack(a);
  const weight = t.outer(b);
  return () => {
    const right = attrs.transB === 1 ? t.g.op1("Transpose", [weight], { perm: [1, 0] }) : weight;
    return t.g.op1("MatMul", [x(), right]);
  };
}

function fixed(t: Times, value: Value): boolean {
  const phase = t.phases.of(value);
  return phase === "outer" || phase === "fixed";
}

/** Σ over steps of a ReduceSum: one ReduceSum over the steps too, or one product where it sums products. */
function reduced(t: Times, node: Node, value: Value): Later {
  const [x, axesInput] = node.inputs;
  const { keepdims, noop_with_empty_axes } = attributesOf(node);
  if (x === undefined || noop_with_empty_axes === 1) return t.carry(value);
  const axes = axesOf(x, axesInput);
  if (axes === undefined) return t.carry(value);
  const batch = Array.from({ length: x.rank - 2 }, (_, i) => i);
  const inner = t.phases.of(x) === "reverse" ? t.phases.producer(x) : undefined;
  const whole = keepdims === 0 && x.rank > 2 && axes.join() === batch.join();
  const folded = whole && inner?.opType === "MatMul" ? product(t, inner, batch) : undefined;
  if (folded !== undefined) return folded;
  const all = t.stack(x);
  return () => {
    const sum = t.g.op1("ReduceSum", [all(), t.g.i64([0, ...axes.map((i) => i + 1)])], { keepdims: 0 });
    return keepdims === 0 ? sum : t.g.op1("Unsqueeze", [sum, t.g.i64(axes)]);
  };
}

function axesOf(x: Value, axes: Value | undefined): number[] | undefined {
  if (axes === undefined) return x.shape.map((_, i) => i);
  if (axes.data === undefined) return undefined;
  return numbersOf(axes.data)
    .map((i) => (i < 0 ? i + x.rank : i))
    .sort((p, q) => p - q);
}

/** Elements of the stacked factors that one element of the result may cost before the loop had better sum itself. */
const STACKED_PER_RESULT = 64;

/**
 * Σ over steps and batch axes of A B, where both change: A' = the rows of all Aᵀ, B' = the rows of all B, and the
 * result A'ᵀ B'. Undefined where the shapes do not allow it or the stacks would be far larger than the result.
 */
function product(t: Times, node: Node, batch: readonly number[]): Later | undefined {
  const [a, b, c] = node.inputs;
  if (a === undefined || b === undefined || c !== undefined) return undefined;
  if (a.rank !== batch.length + 2 || b.rank !== a.rank || fixed(t, a) || fixed(t, b)) return undefined;
  if (!sameShape(a, b, batch.length)) return undefined;
  const attrs = attributesOf(node);
  const left = rowsOf(t, a, attrs.transA !== 1);
  const right = rowsOf(t, b, attrs.transB === 1);
  if (left === undefined || right === undefined) return undefined;
  const perStep = dim.add(dim.size(a.shape), dim.size(b.shape));
  const result = left.columns * right.columns;
  if (typeof perStep === "number" && perStep > STACKED_PER_RESULT * result) return undefined;
  const [x, d] = [left.rows(), right.rows()];
  const alpha = typeof attrs.alpha === "number" ? attrs.alpha : 1;
  return () => t.g.op1("Gemm", [x(), d()], { transA: 1, alpha });
}

/** The vectors along an axis that is summed over, of all steps, as rows of one matrix [-1, columns]. */
function rowsOf(t: Times, given: Value, swapped: boolean) {
  // A transposed factor is had from what was transposed, without a copy.
  const node = t.phases.of(given) === "outer" ? undefined : t.phases.producer(given);
  const [inner] = node?.inputs ?? [];
  const rank = given.rank;
  const swap = [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2];
  const undone =
    swapped &&
    node?.opType === "Transpose" &&
    inner !== undefined &&
    permOf(node, rank).join() === swap.join();
  const value = undone ? inner : given;
  const turn = swapped && !undone;
  const columns = value.shape.at(turn ? -2 : -1);
  if (typeof columns !== "number") return undefined;
  const rows = (): Later => {
    const all = t.stack(value);
    const perm = [0, ...swap.map((i) => i + 1)];
    return () => {
      const turned = turn ? t.g.op1("Transpose", [all()], { perm }) : all();
      return t.g.op1("Reshape", [turned, t.g.i64([-1, columns])]);
    };
  };
  return { columns, rows };
}

function permOf(node: Node, rank: number): readonly number[] {
  const { perm } = attributesOf(node);
  return Array.isArray(perm) ? perm : Array.from({ length: rank }, (_, i) => rank - 1 - i);
}

function sameShape(a: Value, b: Value, leading = Number.POSITIVE_INFINITY): boolean {
  const cut = (shape: Shape) => shape.slice(0, leading).join();
  return (leading < Number.POSITIVE_INFINITY || a.rank === b.rank) && cut(a.shape) === cut(b.shape);
}

function attributesOf(node: Node): Record<string, unknown> {
  return readAttributes(opOf(node.opType).attributes, node.attributes);
}
