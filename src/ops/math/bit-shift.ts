import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { binary } from "../elementwise.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Unsigned integers; what leaves the type's range on the left is lost. */
    BitShift(a: Value, b: Value, attrs: { direction: "LEFT" | "RIGHT" }): Value;
  }
}

/** y = a 2ᵇ (LEFT, wrapped to the type) or ⌊a 2⁻ᵇ⌋ (RIGHT). */
export const BitShift = binary({
  type: "BitShift",
  since: 11,
  doc: "Unsigned integers shifted by b bits to the left or to the right.",
  attributes: { direction: attr.string("") },
  takes: (dtype) => dtype.startsWith("uint"),
  f: (a, b, { direction }) => (direction === "LEFT" ? a * 2 ** b : Math.floor(a / 2 ** b)),
  exact: (a, b, { direction }) => (direction === "LEFT" ? a << b : a >> b),
  grad: "zero",
  samples: (["LEFT", "RIGHT"] as const).flatMap((direction) =>
    (["uint8", "uint32", "uint64"] as const).map((dtype) => ({
      inputs: {
        a: { dims: [2, 3], dtype, low: 0, high: dtype === "uint8" ? 256 : 2 ** 32 },
        b: { dims: [3], dtype, values: [1, 3, 7] },
      },
      attrs: { direction },
    })),
  ),
});
