import { type Dim, dim, isIssue, issue, unwrap } from "../../base/index.js";
import { attr } from "../attributes.js";
import { defineOp, type OpDefinition } from "../define.js";
import { ref } from "../reference.js";
import { floatOfCode } from "../tensor/random.js";
import { integersOf } from "../tensor/rules.js";

export interface WindowFunctionOptions {
  /** Of period `size` (the default), or symmetric. */
  periodic?: 0 | 1;
  /** ONNX number of a float type. */
  output_datatype?: number;
}

/** A window for spectral analysis: a sum of cosines, a₀ − a₁ cos(2πn/N) + a₂ cos(4πn/N). */
export function windowFunction(spec: {
  readonly type: string;
  readonly doc: string;
  readonly terms: readonly [a0: number, a1: number, a2: number];
}): OpDefinition {
  const [a0, a1, a2] = spec.terms;
  return defineOp({
    type: spec.type,
    since: 17,
    doc: spec.doc,
    inputs: ["size"],
    outputs: ["y"],
    attributes: { output_datatype: attr.int(1), periodic: attr.int(1) },
    infer({ size }, attrs) {
      const dtype = floatOfCode(attrs.output_datatype);
      if (isIssue(dtype)) return dtype;
      const length: Dim | undefined = size.contents?.[0] ?? integersOf(size)?.[0];
      if (size.shape.length > 1 || (typeof length === "number" && length < 0)) {
        return issue("window_length", {
          expected: "a scalar that is not negative",
          received: String(length),
        });
      }
      return { y: { dtype, shape: [length ?? dim.unknown()] } };
    },
    evaluate({ size }, { output_datatype, periodic }) {
      const length = size.data[0] ?? 0;
      const period = periodic === 1 ? length : length - 1;
      const y = ref(unwrap(floatOfCode(output_datatype)), [length]);
      for (let i = 0; i < length; i++) {
        const angle = (2 * Math.PI * i) / period;
        y.data[i] = a0 - a1 * Math.cos(angle) + a2 * Math.cos(2 * angle);
      }
      return { y };
    },
    grad: "zero",
    samples: [
      { inputs: { size: { dims: [], dtype: "int64", values: [10] } } },
      { inputs: { size: { dims: [], dtype: "int64", values: [7] } }, attrs: { periodic: 0 } },
      { inputs: { size: { dims: [], dtype: "int32", values: [8], feed: true } } },
    ],
  });
}
