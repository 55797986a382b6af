import type { Value } from "../../ir/index.js";
import { type WindowFunctionOptions, windowFunction } from "./window-function.js";

declare module "../builder.js" {
  interface OpCalls {
    /** A vector of `size` (a scalar) elements. */
    BlackmanWindow(size: Value, attrs?: WindowFunctionOptions): Value;
  }
}

/** Three terms, with the usual rounded coefficients. */
export const BlackmanWindow = windowFunction({
  type: "BlackmanWindow",
  doc: "Blackman window: three cosine terms, with low side lobes.",
  terms: [0.42, 0.5, 0.08],
});
