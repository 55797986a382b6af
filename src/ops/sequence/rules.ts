import { dim, fail, type Issue, issue, type Shape } from "../../base/index.js";
import type { DType, TensorType, ValueType } from "../../ir/index.js";
import type { RefOptional, RefSequence, RefTensor, RefValue } from "../reference.js";

/** What to do where a gradient through a sequence is asked for. */
export const NO_GRADIENT = {
  none: "sequences are for reading models: use Split, Concat and Gather on tensors in what is trained",
} as const;

/** The type of a sequence of tensors; without a shape where the elements' ranks differ. */
export function sequenceType(dtype: DType, shape: Shape | undefined): ValueType {
  return { kind: "sequence", element: { kind: "tensor", dtype, shape } };
}

/** The type of the elements of a sequence; the refusal where it is none of tensors. */
export function elementOf(type: ValueType): TensorType | Issue {
  if (type.kind === "sequence" && type.element.kind === "tensor") return type.element;
  return issue("sequence_type", { expected: "a sequence of tensors", received: type.kind });
}

export function tensorOnly(type: ValueType): TensorType | Issue {
  return type.kind === "tensor"
    ? type
    : issue("sequence_tensor", { expected: "a tensor", received: type.kind });
}

/** The shape of any of two elements: lengths that differ are left to the run, ranks that differ say nothing. */
export function eitherElement(a: Shape | undefined, b: Shape | undefined): Shape | undefined {
  if (a === undefined || b === undefined || a.length !== b.length) return undefined;
  return a.map((d, i) => (d === b[i] ? d : dim.unknown()));
}

export function asSequence(value: RefValue): RefSequence {
  if ("kind" in value && value.kind === "sequence") return value;
  if ("kind" in value && value.kind === "optional" && value.value !== undefined)
    return asSequence(value.value);
  return fail("reference_value", {
    expected: "a sequence",
    received: "kind" in value ? value.kind : "a tensor",
  });
}

export function sequence(items: readonly RefTensor[]): RefSequence {
  return { kind: "sequence", items };
}

export function optional(value: RefOptional["value"]): RefOptional {
  return { kind: "optional", value };
}

/** A place in a sequence; negative ones count from the end. */
export function placeIn(items: readonly RefTensor[], position: number, top: number): number {
  const at = position < 0 ? position + items.length : position;
  if (at >= 0 && at <= top) return at;
  return fail("sequence_position", {
    expected: `a position in [${-items.length}, ${top}]`,
    received: String(position),
  });
}
