import type { Value } from "../../ir/index.js";
import { type ArgAttributes, argExtreme } from "./arg-extreme.js";

declare module "../builder.js" {
  interface OpCalls {
    /** int64 indices along one axis. */
    ArgMin(data: Value, attrs?: ArgAttributes): Value;
  }
}

export const ArgMin = argExtreme({
  type: "ArgMin",
  doc: "Index of the smallest element along an axis; among equal ones the first, or on request the last.",
  better: (a, b) => a < b,
});
