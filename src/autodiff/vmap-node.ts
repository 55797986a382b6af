import { type Dim, dim, type Shape } from "../base/index.js";
import { type Node, numbersOf, type Value } from "../ir/index.js";
import { type Builder, opOf, readAttributes } from "../ops/index.js";

export interface Batched {
  readonly value: Value;
  /** Whether it has the new first axis. */
  readonly batched: boolean;
}

/** A node to be applied to many at once: its inputs with, and their shapes without the new first axis. */
export interface BatchedNode {
  readonly g: Builder;
  readonly node: Node;
  /** Some value with the new first axis. */
  readonly lead: Value;
  readonly inputs: readonly (Input | undefined)[];
  readonly outputs: readonly (
    | { readonly shape: Shape; readonly contents?: readonly Dim[] | undefined }
    | undefined
  )[];
}

export interface Input extends Batched {
  readonly shape: Shape;
}

/** The outputs of a node applied to many at once; undefined where there is no form for this case. */
export type BatchRule = (it: BatchedNode) => readonly (Value | Batched)[] | undefined;

export function attributesOf({ node }: BatchedNode): Record<string, unknown> {
  return readAttributes(opOf(node.opType).attributes, node.attributes);
}

/** The node again, with other inputs and attributes. */
export function again(
  it: BatchedNode,
  inputs: readonly (Value | undefined)[],
  changed: Readonly<Record<string, unknown>> = {},
): Value[] {
  return it.g.op(it.node.opType, inputs, { ...attributesOf(it), ...changed }, it.node.outputs.length);
}

/** Whether only the first input is batched. */
export function onlyFirst(it: BatchedNode): boolean {
  return it.inputs[0]?.batched === true && it.inputs.slice(1).every((v) => v === undefined || !v.batched);
}

/** A value with the new first axis, made for those that have none. */
export function batchedValue(it: BatchedNode, input: Input): Value {
  return input.batched ? input.value : widenBatch(it.g, input.value, it.lead);
}

/** A value for all, written out for each. */
export function widenBatch(g: Builder, value: Value, lead: Value): Value {
  const [count] = lead.shape;
  const shape: Shape = [count ?? 1, ...value.shape];
  if (dim.isStatic(shape)) return g.op1("Expand", [value, g.i64(shape)]);
  const first = g.op1("Shape", [lead], { start: 0, end: 1 });
  return g.op1("Expand", [value, g.op1("Concat", [first, g.op1("Shape", [value])], { axis: 0 })]);
}

/** A batched value whose own shape has so many axes, ones put behind the first axis. */
export function lifted(it: BatchedNode, input: Input, rank: number): Value {
  const missing = rank - input.shape.length;
  if (!input.batched || missing <= 0) return input.value;
  return it.g.op1("Unsqueeze", [input.value, it.g.i64(Array.from({ length: missing }, (_, i) => i + 1))]);
}

/** Integers of a constant input. */
export function constantOf(input: Input | undefined): number[] | undefined {
  return input?.value.data === undefined ? undefined : numbersOf(input.value.data);
}

/** An axis of a value, counted in its batched form. */
export function shifted(axis: number, rank: number): number {
  return (axis < 0 ? axis + rank : axis) + 1;
}

/** Lengths for a Reshape whose first axis is kept (0), or leads a merged axis; one symbol at most. */
export function lengthsFor(lead: number, shape: Shape): number[] | undefined {
  const open = shape.filter((d) => typeof d === "string").length;
  if (open > (lead === -1 ? 0 : 1) || shape.includes(0)) return undefined;
  return [lead, ...shape.map((d) => (typeof d === "number" ? d : -1))];
}
