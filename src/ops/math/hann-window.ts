import type { Value } from "../../ir/index.js";
import { type WindowFunctionOptions, windowFunction } from "./window-function.js";

declare module "../builder.js" {
  interface OpCalls {
    /** A vector of `size` (a scalar) elements. */
    HannWindow(size: Value, attrs?: WindowFunctionOptions): Value;
  }
}

/** Raised cosine. */
export const HannWindow = windowFunction({
  type: "HannWindow",
  doc: "Hann window: a raised cosine that ends in zeros.",
  terms: [0.5, 0.5, 0],
});
