import { describe, expect, it } from "vitest";
import { type Attribute, type Node, Value, type ValueType } from "../ir/index.js";
import { inferNode } from "./index.js";

const x = Value.of("x", "float32", ["N", 1, 6, 4]);

function node(opType: string, attributes: Record<string, Attribute>, more: Value[] = []): Node {
  const outputs = [new Value("y", undefined)];
  return { opType, domain: "", name: "old", inputs: [x, ...more], outputs, attributes };
}
const ints = (...value: number[]): Attribute => ({ type: "ints", value });
const float = (value: number): Attribute => ({ type: "float", value });

const shapeIn = (type: ValueType | undefined) => (type?.kind === "tensor" ? type.shape : undefined);

describe("operators of older operator sets", () => {
  it.each<[string, Node, (number | string)[]]>([
    ["Squeeze 1", node("Squeeze", { axes: ints(1) }), ["N", 6, 4]],
    ["Unsqueeze 1", node("Unsqueeze", { axes: ints(0, 5) }), [1, "N", 1, 6, 4, 1]],
    ["ReduceMean 1", node("ReduceMean", { axes: ints(2, 3), keepdims: { type: "int", value: 0 } }), ["N", 1]],
    ["Clip 6", node("Clip", { min: float(0), max: float(6) }), ["N", 1, 6, 4]],
    ["Clip 6 without a lower bound", node("Clip", { max: float(6) }), ["N", 1, 6, 4]],
    ["Pad 2", node("Pad", { pads: ints(0, 0, 1, 1, 0, 0, 2, 2), value: float(0) }), ["N", 1, 9, 7]],
    ["Slice 1", node("Slice", { starts: ints(1), ends: ints(-1), axes: ints(2) }), ["N", 1, 4, 4]],
    [
      "TopK 1",
      node("TopK", { k: { type: "int", value: 3 }, axis: { type: "int", value: 3 } }),
      ["N", 1, 6, 3],
    ],
    ["Dropout 7", node("Dropout", { ratio: float(0.5) }), ["N", 1, 6, 4]],
    ["Upsample 7", node("Upsample", { scales: { type: "floats", value: [1, 1, 2, 2] } }), ["N", 1, 12, 8]],
    ["Reshape 1", node("Reshape", { shape: ints(0, -1) }), ["N", 24]],
  ])("%s has its shape", (_, old, shape) => {
    expect(inferNode(old, 9)?.[0]).toEqual({ kind: "tensor", dtype: "float32", shape });
  });

  it("gives every part of a Split its length", () => {
    const split = node("Split", { split: ints(2, 4), axis: { type: "int", value: 2 } });
    const both = { ...split, outputs: [new Value("a", undefined), new Value("b", undefined)] };
    expect(inferNode(both, 11)?.map(shapeIn)).toEqual([
      ["N", 1, 2, 4],
      ["N", 1, 4, 4],
    ]);
  });

  it("reads Upsample 9 and Resize 10, whose scales are the second input", () => {
    const scales = Value.constant("scales", {
      dtype: "float32",
      dims: [4],
      data: Float32Array.of(1, 1, 3, 3),
    });
    for (const type of ["Upsample", "Resize"]) {
      expect(shapeIn(inferNode(node(type, {}, [scales]), 9)?.[0])).toEqual(["N", 1, 18, 12]);
    }
  });

  it("lets an input stand before an attribute that is left over", () => {
    const axes = Value.constant("axes", { dtype: "int64", dims: [1], data: BigInt64Array.of(1n) });
    expect(shapeIn(inferNode(node("Squeeze", { axes: ints(3) }, [axes]), 13)?.[0])).toEqual(["N", 6, 4]);
  });
});
