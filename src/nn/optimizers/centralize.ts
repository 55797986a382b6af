import { defineWrapper } from "./define.js";
import { bySegment } from "./layout.js";
import { withGradient } from "./optimizer.js";

/**
 * Gradient centralisation (Yong et al. 2020): of tensors with more than one axis, the gradient of each output unit
 * loses its mean.
 */
export const centralize = defineWrapper({
  name: "centralize",
  doc: "the gradient of each unit without its mean",
  options: {},
  make: (base) =>
    withGradient(base, "centralize", (g, whole, _, { layout }) =>
      bySegment(g, layout, [whole], ([grad], { shape, size }) => {
        if (grad === undefined) throw new Error("unreachable: one vector was cut");
        if (shape.length < 2) return grad;
        const units = shape[0] ?? 1;
        const rows = g.Reshape(grad, g.i64([units, size / units]));
        return g.Reshape(g.Sub(rows, g.ReduceMean(rows, g.i64([1]), { keepdims: 1 })), g.i64([size]));
      }),
    ),
});
