import { describe, expect, it } from "vitest";
import { s, traits } from "./index.js";

describe("traits", () => {
  it("are the decisions taken: choices by name, numbers by their place, lists by length, subsets by item", () => {
    const space = s.object({
      op: s.oneOf({ conv: s.object({ kernel: s.oneOf([3, 5]) }), skip: s.object({}) }),
      width: s.int({ min: 8, max: 24, step: 8 }),
      rate: s.real({ min: 0.01, max: 1, log: true }),
      layers: s.repeat(s.int({ min: 1, max: 3 }), { min: 1, max: 3 }),
      tags: s.subset(["a", "b"]),
    });
    const found = traits(space, {
      op: { op: "conv", kernel: 5 },
      width: 16,
      rate: 0.1,
      layers: [1, 3],
      tags: ["b"],
    });
    expect(
      found.map((it) => ({ ...it, ...(it.unit !== undefined && { unit: +it.unit.toFixed(6) }) })),
    ).toEqual([
      { key: "op", choice: "conv" },
      { key: "op:conv/kernel", choice: "5" },
      { key: "width", unit: 0.5 },
      { key: "rate", unit: 0.5 },
      { key: "layers#", unit: 0.5 },
      { key: "layers/0", unit: 0 },
      { key: "layers/1", unit: 1 },
      { key: "tags~a", choice: "out" },
      { key: "tags~b", choice: "in" },
    ]);
  });
});
