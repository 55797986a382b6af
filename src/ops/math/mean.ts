import type { Value } from "../../ir/index.js";
import { variadic } from "../elementwise.js";
import { SEVERAL } from "./samples.js";

declare module "../builder.js" {
  interface OpCalls {
    Mean(xs: readonly Value[]): Value;
  }
}

export const Mean = variadic({
  type: "Mean",
  since: 13,
  doc: "Mean of several tensors under broadcasting.",
  f: (values) => values.reduce((sum, v) => sum + v, 0) / values.length,
  grad: (g, { xs, dy }) => {
    const share = g.Mul(dy, g.scalar(1 / xs.length, dy.dtype));
    return xs.map(() => share);
  },
  samples: SEVERAL,
});
