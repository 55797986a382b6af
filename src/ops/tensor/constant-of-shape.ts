import { numbersOf, type Tensor, tensor, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { lengthsIn } from "../contents.js";
import { defineOp } from "../define.js";
import { ref, refOf } from "../reference.js";
import { integersOf, lengthOf, listOf, unknownRank, unknownShape } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** A tensor of a given shape, all of one value (float32 zero where no `value` of one element is given). */
    ConstantOfShape(shape: Value, attrs?: { value?: Tensor }): Value;
  }
}

/** One value in a shape that is an input. */
export const ConstantOfShape = defineOp({
  type: "ConstantOfShape",
  since: 9,
  doc: "A tensor of a given shape, all of one value.",
  inputs: ["shape"],
  outputs: ["y"],
  attributes: { value: attr.tensor() },
  infer({ shape }, { value }) {
    const dtype = value?.dtype ?? "float32";
    const lengths = lengthsIn(shape);
    if (lengths !== undefined) return { y: { dtype, shape: lengths } };
    const rank = lengthOf(shape);
    return rank === undefined ? unknownRank("shape") : { y: { dtype, shape: unknownShape(rank) } };
  },
  contents({ shape }, { value }) {
    const [length] = integersOf(shape) ?? [];
    const [filled] = value?.dtype === "int64" ? numbersOf(value) : [];
    if (length === undefined || filled === undefined || length > 8) return {};
    return { y: new Array<number>(length).fill(filled) };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ shape }, { value }) {
    const filled = value ? refOf(value) : undefined;
    const out = ref(filled?.dtype ?? "float32", listOf(shape) ?? []);
    out.data.fill(filled?.data[0] ?? 0);
    return { y: out };
  },
  grad: "zero",
  samples: [
    { inputs: { shape: { dims: [2], dtype: "int64", values: [2, 3] } } },
    {
      inputs: { shape: { dims: [1], dtype: "int64", values: [4], feed: true } },
      attrs: { value: tensor("int64", [1], [7]) },
    },
    {
      inputs: { shape: { dims: [0], dtype: "int64", values: [] } },
      attrs: { value: tensor("float32", [1], [2.5]) },
    },
  ],
});
