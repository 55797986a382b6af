import type { Value } from "../../ir/index.js";
import { variadic } from "../elementwise.js";
import { SEVERAL_OR_WHOLE } from "./samples.js";
import { shareTies } from "./share-ties.js";

declare module "../builder.js" {
  interface OpCalls {
    Max(xs: readonly Value[]): Value;
  }
}

export const Max = variadic({
  type: "Max",
  since: 13,
  doc: "Largest element of several tensors under broadcasting; the derivative is shared among equal ones.",
  f: (values) => Math.max(...values),
  grad: shareTies,
  samples: SEVERAL_OR_WHOLE,
});
