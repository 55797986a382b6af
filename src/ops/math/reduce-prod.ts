import { ONNX_DTYPE, type Value } from "../../ir/index.js";
import { type ReduceAttributes, reduction, reductionSamples, WHOLE } from "../reduction.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `axes`: int64 vector; all axes without it. */
    ReduceProd(data: Value, axes?: Value | undefined, attrs?: ReduceAttributes): Value;
  }
}

/** y = Π x. The first derivative is exact also where elements are 0; higher ones are exact away from 0. */
export const ReduceProd = reduction({
  type: "ReduceProd",
  since: 18,
  doc: "Product over some axes.",
  f: (values) => values.reduce((product, v) => product * v, 1),
  grad: (g, { x, dy, reduce, scalar }) => {
    const zero = scalar(0);
    const isZero = g.Equal(x, zero);
    const zeros = g.Cast(isZero, { to: ONNX_DTYPE[x.dtype] });
    const factors = g.Where(isZero, scalar(1), x);
    // The product of the others is that of all factors but x, unless one of the others is 0.
    const others = g.Div(reduce("ReduceProd", factors), factors);
    const otherZeros = g.Sub(reduce("ReduceSum", zeros), zeros);
    return g.Mul(dy, g.Where(g.Equal(otherZeros, zero), others, zero));
  },
  samples: reductionSamples({}, [
    ...WHOLE,
    {
      inputs: {
        data: { dims: [3, 3], values: [1.5, 0, -2, 0.5, 3, -1, 0, 0, 2], feed: true },
        axes: { dims: [1], dtype: "int64", values: [1] },
      },
      grad: ["data"],
      noSecondDerivative: "the rule is exact to first order only where factors are 0",
    },
  ]),
});
