import { isInteger, type Value } from "../../ir/index.js";
import { binary } from "../elementwise.js";
import { BITS } from "./samples.js";

declare module "../builder.js" {
  interface OpCalls {
    BitwiseOr(a: Value, b: Value): Value;
  }
}

export const BitwiseOr = binary({
  type: "BitwiseOr",
  since: 18,
  doc: "Bitwise or of integers.",
  takes: isInteger,
  f: (a, b) => Number(BigInt(a) | BigInt(b)),
  exact: (a, b) => a | b,
  grad: "zero",
  samples: BITS,
});
