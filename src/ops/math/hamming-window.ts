import type { Value } from "../../ir/index.js";
import { type WindowFunctionOptions, windowFunction } from "./window-function.js";

declare module "../builder.js" {
  interface OpCalls {
    /** A vector of `size` (a scalar) elements. */
    HammingWindow(size: Value, attrs?: WindowFunctionOptions): Value;
  }
}

/** Raised cosine on a pedestal (the exact coefficients, not 0.54 and 0.46). */
export const HammingWindow = windowFunction({
  type: "HammingWindow",
  doc: "Hamming window: a raised cosine on a pedestal.",
  terms: [25 / 46, 21 / 46, 0],
});
