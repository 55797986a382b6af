import type { Value } from "../../ir/index.js";
import { variadic } from "../elementwise.js";
import { SEVERAL_OR_WHOLE } from "./samples.js";
import { shareTies } from "./share-ties.js";

declare module "../builder.js" {
  interface OpCalls {
    Min(xs: readonly Value[]): Value;
  }
}

export const Min = variadic({
  type: "Min",
  since: 13,
  doc: "Smallest element of several tensors under broadcasting; the derivative is shared among equal ones.",
  f: (values) => Math.min(...values),
  grad: shareTies,
  samples: SEVERAL_OR_WHOLE,
});
