import type { Value } from "../../ir/index.js";
import { variadic } from "../elementwise.js";
import { SEVERAL } from "./samples.js";

declare module "../builder.js" {
  interface OpCalls {
    Sum(xs: readonly Value[]): Value;
  }
}

export const Sum = variadic({
  type: "Sum",
  since: 13,
  doc: "Sum of several tensors under broadcasting.",
  f: (values) => values.reduce((sum, v) => sum + v, 0),
  grad: (_, { xs, dy }) => xs.map(() => dy),
  samples: SEVERAL,
});
