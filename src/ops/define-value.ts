import { type Issue, isIssue } from "../base/index.js";
import { tensorType, type ValueType } from "../ir/index.js";
import type { AttributeSpecs, AttributeValues } from "./attributes.js";
import {
  type EvaluateContext,
  entriesOf,
  type InferContext,
  missing,
  type Named,
  name,
  type OpDefinition,
  place,
  type Sample,
  type Some,
} from "./define.js";
import type { RefValue } from "./reference.js";

/** As `OpSpec`, for operators whose inputs or outputs are sequences or optional values. */
export interface ValueOpSpec<
  I extends readonly string[],
  O extends readonly string[],
  A extends AttributeSpecs,
> {
  readonly type: string;
  readonly since: number;
  readonly doc: string;
  readonly inputs: I;
  readonly outputs: O;
  readonly attributes?: A;
  readonly outputCount?: (attrs: AttributeValues<A>) => number;
  readonly infer: (
    inputs: Named<I, ValueType>,
    attrs: AttributeValues<A>,
    context: InferContext,
  ) => Some<O, ValueType> | Issue;
  readonly evaluate: (
    inputs: Named<I, RefValue>,
    attrs: AttributeValues<A>,
    context: EvaluateContext<RefValue>,
  ) => Some<O, RefValue>;
  readonly grad: "zero" | { readonly none: string };
  readonly samples: readonly Sample[];
}

/**
 * Declare an operator on sequences or optional values. Networks are made of tensors; these operators are there so
 * that files that use them can be read, analysed and run.
 */
export function defineValueOp<
  const I extends readonly string[],
  const O extends readonly string[],
  A extends AttributeSpecs = Record<never, never>,
>(spec: ValueOpSpec<I, O, A>): OpDefinition {
  type Attrs = AttributeValues<A>;
  const read = entriesOf(spec.inputs);
  const given = entriesOf(spec.outputs);
  const types: OpDefinition["types"] = (inputs, attrs, context) => {
    const absent = missing(spec, read, inputs);
    if (absent !== undefined) return absent;
    const result = spec.infer(name(read, inputs) as Named<I, ValueType>, attrs as Attrs, context);
    return isIssue(result) ? result : place<ValueType>(given, result);
  };
  return {
    type: spec.type,
    since: spec.since,
    doc: spec.doc,
    inputs: spec.inputs,
    outputs: spec.outputs,
    attributes: spec.attributes ?? {},
    samples: spec.samples,
    outputCount: (_, attrs) => spec.outputCount?.(attrs as Attrs) ?? 1,
    types,
    infer: (args, attrs, context) =>
      types(
        args.map((arg) => arg && tensorType(arg.dtype, arg.shape)),
        attrs,
        context,
      ),
    elementwise: false,
    contents: () => [],
    cost: () => ({ flops: 0 }),
    evaluate: (items, attrs, context) =>
      place(given, spec.evaluate(name(read, items) as Named<I, RefValue>, attrs as Attrs, context)),
    grad: spec.grad,
  };
}
