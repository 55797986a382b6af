import type { Node } from "../ir/index.js";
import type { Arg, EvaluateContext, OpDefinition } from "./define.js";
import { type RefTensor, type RefValue, ref } from "./reference.js";

/** Operators that flattened their input to a matrix before operator set 13. */
const FLATTENING = /^(Softmax|LogSoftmax|Hardmax)$/;
/** Operators that aligned their second operand with an axis of the first before operator set 7. */
const ALIGNING = /^(Add|Sub|Mul|Div|Pow|And|Or|Xor|Equal|Less|Greater)$/;

/**
 * The rank that the second operand of a node of an old operator set is widened to: where it was aligned with an
 * axis of the first (not with the last one, as broadcasting does now). Undefined where nothing changes.
 */
function trailingOnes(node: Node, opset: number, ranks: readonly (number | undefined)[]): number | undefined {
  const [left, right] = ranks;
  if (opset < 1 || opset >= 7 || left === undefined || right === undefined || right === 0) return undefined;
  if (node.opType === "PRelu" && right === 1) return left - 2;
  const axis = node.attributes.axis;
  if (!ALIGNING.test(node.opType) || axis?.type !== "int") return undefined;
  const at = Number(axis.value);
  const ones = left - (at < 0 ? at + left : at) - right;
  return ones > 0 ? ones : undefined;
}

/** What inference knows of a node's inputs, as the operators of today mean them. */
export function modernArgs(
  node: Node,
  opset: number,
  args: readonly (Arg | undefined)[],
): (Arg | undefined)[] {
  const ones = trailingOnes(
    node,
    opset,
    args.map((arg) => arg?.shape.length),
  );
  if (ones === undefined) return [...args];
  return args.map((arg, i) =>
    i === 1 && arg !== undefined ? { dtype: arg.dtype, shape: [...arg.shape, ...widths(ones)] } : arg,
  );
}

function widths(count: number): number[] {
  return Array.from({ length: Math.max(0, count) }, () => 1);
}

/** Evaluate a node as its operator set meant it (0: as the newest one does). */
export function evaluateOlder(
  definition: OpDefinition,
  node: Node,
  opset: number,
  {
    inputs,
    attrs,
  }: { readonly inputs: readonly (RefValue | undefined)[]; readonly attrs: Record<string, unknown> },
  context: EvaluateContext<RefValue>,
): (RefValue | undefined)[] {
  const tensors = inputs.map((x) => (x === undefined || "kind" in x ? undefined : x));
  const [x] = tensors;
  if (opset > 0 && opset < 13 && FLATTENING.test(node.opType) && x !== undefined) {
    const given = node.attributes.axis;
    const axis = given?.type === "int" ? Number(given.value) : 1;
    const [y] = definition.evaluate(
      [matrix(x, axis < 0 ? axis + x.dims.length : axis)],
      { ...attrs, axis: 1 },
      context,
    );
    return [y === undefined || "kind" in y ? y : ref(y.dtype, x.dims, y.data)];
  }
  // Regions were not shifted by half an element before operator set 16.
  if (opset > 0 && opset < 16 && node.opType === "RoiAlign") {
    const older = { ...attrs, coordinate_transformation_mode: "output_half_pixel" };
    return definition.evaluate(inputs, older, context);
  }
  const ones = trailingOnes(
    node,
    opset,
    tensors.map((t) => t?.dims.length),
  );
  const [, second] = tensors;
  if (ones === undefined || second === undefined) return definition.evaluate(inputs, attrs, context);
  const wide = ref(second.dtype, [...second.dims, ...widths(ones)], second.data);
  return definition.evaluate(inputs.toSpliced(1, 1, wide), attrs, context);
}

/** Rows of all axes before one, columns of it and those behind. */
function matrix(x: RefTensor, axis: number): RefTensor {
  const rows = x.dims.slice(0, axis).reduce((a, b) => a * b, 1);
  const columns = x.dims.slice(axis).reduce((a, b) => a * b, 1);
  return ref(x.dtype, [rows, columns], x.data);
}
