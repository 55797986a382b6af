import { isInteger, type Value } from "../../ir/index.js";
import { binary } from "../elementwise.js";
import { BITS } from "./samples.js";

declare module "../builder.js" {
  interface OpCalls {
    BitwiseXor(a: Value, b: Value): Value;
  }
}

export const BitwiseXor = binary({
  type: "BitwiseXor",
  since: 18,
  doc: "Bitwise exclusive or of integers.",
  takes: isInteger,
  f: (a, b) => Number(BigInt(a) ^ BigInt(b)),
  exact: (a, b) => a ^ b,
  grad: "zero",
  samples: BITS,
});
