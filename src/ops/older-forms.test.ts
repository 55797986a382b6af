import { describe, expect, it } from "vitest";
import { type Attribute, Graph, type Node, tensor, Value, type ValueType } from "../ir/index.js";
import { irVersionOf } from "../onnx/index.js";
import { interpret, ortNode } from "../runtime/index.js";
import { inferNode, refOf } from "./index.js";

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

describe("operators under their first names and meanings", () => {
  const data = (dims: readonly number[]) =>
    tensor(
      "float32",
      dims,
      Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.fround(Math.sin(3 * i + 1))),
    );
  const image = data([1, 2, 4, 5]);
  const constant = (name: string, dims: readonly number[], values: readonly number[], dtype = "float32") =>
    Value.constant(name, tensor(dtype as "float32" | "int64", dims, values));
  const regions = constant("rois", [2, 4], [0.3, 0.4, 3.2, 2.9, 1.1, 0.2, 1.6, 2.3]);
  const text = (value: string): Attribute => ({ type: "string", value });
  const scale = constant("scales", [4], [1, 1, 2, 3]);

  it.each<[string, number, string, Value[], Record<string, Attribute>, readonly (number | string)[]]>([
    ["Upsample 9, nearest", 9, "Upsample", [scale], { mode: text("nearest") }, [1, 2, 8, 15]],
    ["Upsample 9, linear", 9, "Upsample", [scale], { mode: text("linear") }, [1, 2, 8, 15]],
    [
      "Scatter 9",
      9,
      "Scatter",
      [
        constant("indices", [1, 1, 2, 2], [3, 0, 1, 2], "int64"),
        constant("updates", [1, 1, 2, 2], [5, 6, 7, 8]),
      ],
      { axis: { type: "int", value: 2 } },
      [1, 2, 4, 5],
    ],
    [
      "RoiAlign 10, whose regions are not shifted",
      10,
      "RoiAlign",
      [regions, constant("images", [2], [0, 0], "int64")],
      { output_height: { type: "int", value: 2 }, sampling_ratio: { type: "int", value: 2 } },
      [2, 2, 2, "W"],
    ],
  ])("%s: ONNX Runtime agrees with the reference", async (_, opset, opType, more, attributes, shape) => {
    const width: Attribute = { type: "int", value: 3 };
    const node: Node = {
      opType,
      domain: "",
      name: "old",
      inputs: [Value.of("x", "float32", image.dims), ...more],
      outputs: [Value.of("y", "float32", shape)],
      attributes: opType === "RoiAlign" ? { ...attributes, output_width: width } : attributes,
    };
    const [x] = node.inputs;
    const [y] = node.outputs;
    if (x === undefined || y === undefined) throw new Error("the node has both");
    const graph = new Graph({ name: "old", inputs: [x], outputs: [y], initializers: more, nodes: [node] });
    const want = interpret(graph, { x: refOf(image) }, { opset }).y;
    await using session = await ortNode.load({
      graph,
      opsets: { "": opset },
      irVersion: irVersionOf(opset),
      metadata: {},
    });
    const { y: got } = await session.run({ x: image });
    expect(got?.dims).toEqual(want?.dims);
    const values = Array.from(got?.data ?? [], Number);
    expect(values.length).toBeGreaterThan(0);
    for (const [i, v] of values.entries()) expect(v).toBeCloseTo(want?.data[i] ?? Number.NaN, 5);
  });
});
