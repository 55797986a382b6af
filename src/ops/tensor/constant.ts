import { fail, type Issue, isIssue, issue } from "../../base/index.js";
import { type Tensor, tensor, type Value } from "../../ir/index.js";
import { type AttributeValues, attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { refOf } from "../reference.js";

declare module "../builder.js" {
  interface OpCalls {
    /** A constant as a node. `g.constant` is better: what it makes is known to inference. */
    Constant(attrs: { value: Tensor } | { value_float: number } | { value_int: number }): Value;
  }
}

const ATTRIBUTES = {
  value: attr.tensor(),
  value_float: attr.float(),
  value_floats: attr.floats(),
  value_int: attr.int(),
  value_ints: attr.ints(),
  value_string: attr.string(),
  value_strings: attr.strings(),
};

/** A constant as a node. */
export const Constant = defineOp({
  type: "Constant",
  since: 13,
  doc: "A constant as a node.",
  inputs: [],
  outputs: ["y"],
  attributes: ATTRIBUTES,
  infer(_, attrs) {
    const made = contentsOf(attrs);
    return isIssue(made) ? made : { y: { dtype: made.dtype, shape: made.dims } };
  },
  cost: () => ({ flops: 0 }),
  evaluate(_, attrs) {
    const made = contentsOf(attrs);
    return isIssue(made) ? fail(made.code, made) : { y: refOf(made) };
  },
  grad: "zero",
  samples: [
    { inputs: {}, attrs: { value: tensor("float32", [2, 2], [1, 2, 3, 4]) } },
    { inputs: {}, attrs: { value_float: 0.5 } },
    { inputs: {}, attrs: { value_floats: [0.5, -1] } },
    { inputs: {}, attrs: { value_int: 7 } },
    { inputs: {}, attrs: { value_ints: [1, 2, 3] } },
  ],
});

/** The tensor that a Constant node holds. */
export function contentsOf(attrs: AttributeValues<typeof ATTRIBUTES>): Tensor | Issue {
  const { value, value_float, value_floats, value_int, value_ints, value_string, value_strings } = attrs;
  if (value !== undefined) return value;
  if (value_float !== undefined) return tensor("float32", [], [value_float]);
  if (value_floats !== undefined) return tensor("float32", [value_floats.length], value_floats);
  if (value_int !== undefined) return tensor("int64", [], [value_int]);
  if (value_ints !== undefined) return tensor("int64", [value_ints.length], value_ints);
  if (value_string !== undefined) return { dtype: "string", dims: [], data: [value_string] };
  if (value_strings !== undefined)
    return { dtype: "string", dims: [value_strings.length], data: value_strings };
  return issue("attribute_missing", {
    expected: "value, or another attribute that holds a value",
    hint: "sparse constants are not evaluated; write the constant as a dense tensor",
  });
}
