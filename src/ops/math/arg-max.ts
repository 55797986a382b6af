import type { Value } from "../../ir/index.js";
import { type ArgAttributes, argExtreme } from "./arg-extreme.js";

declare module "../builder.js" {
  interface OpCalls {
    /** int64 indices along one axis. */
    ArgMax(data: Value, attrs?: ArgAttributes): Value;
  }
}

export const ArgMax = argExtreme({
  type: "ArgMax",
  doc: "Index of the largest element along an axis; among equal ones the first, or on request the last.",
  better: (a, b) => a > b,
});
