import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { allNodes, printGraph, verifyGraph } from "../ir/index.js";
import { decodeModel, encodeModel } from "./index.js";
import { ModelProtoSchema } from "./schema.gen.js";

type Fields = MessageInitShape<typeof ModelProtoSchema>;
const float = (...dims: bigint[]) => ({
  value: {
    case: "tensorType",
    value: {
      elemType: 1,
      shape: { dim: dims.map((value) => ({ value: { case: "dimValue", value } as const })) },
    },
  } as const,
});
const opset = [
  { domain: "", version: 17n },
  { domain: "local", version: 1n },
];

function bytesOf(fields: Fields): Uint8Array {
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { irVersion: 8n, opsetImport: opset, ...fields }),
  );
}

async function run(bytes: Uint8Array, x: number[]): Promise<number[][]> {
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 4 });
  try {
    const results = await session.run({ x: new Tensor("float32", Float32Array.from(x), [x.length]) });
    return session.outputNames.map((name) => Array.from(results[name]?.data as Float32Array));
  } finally {
    await session.release();
  }
}

/** The runtime, which knows functions itself, must give the same for the file and for what is inlined. */
async function expectInlined(fields: Fields): Promise<ReturnType<typeof decodeModel>> {
  const bytes = bytesOf(fields);
  const model = decodeModel(bytes);
  expect(verifyGraph(model.graph)).toEqual([]);
  expect([...allNodes(model.graph)].every((node) => node.domain === "")).toBe(true);
  const x = [-2, -0.5, 0.25, 3];
  const [kept, inlined] = [await run(bytes, x), await run(encodeModel(model), x)];
  expect(inlined).toEqual(kept);
  return model;
}

const shift = {
  name: "shift",
  domain: "local",
  input: ["a", "by"],
  output: ["b"],
  opsetImport: [{ version: 17n }],
  node: [{ opType: "Add", name: "add", input: ["a", "by"], output: ["b"] }],
};
const leaky = {
  name: "leaky",
  domain: "local",
  input: ["a"],
  output: ["b"],
  attribute: ["slope"],
  attributeProto: [{ name: "bias", type: 4, t: { dims: [1n], dataType: 1, floatData: [0.5] } }],
  opsetImport: [{ version: 17n }, { domain: "local", version: 1n }],
  node: [
    {
      opType: "LeakyRelu",
      input: ["a"],
      output: ["h"],
      attribute: [{ name: "alpha", type: 1, refAttrName: "slope" }],
    },
    { opType: "Constant", output: ["c"], attribute: [{ name: "value", type: 4, refAttrName: "bias" }] },
    { opType: "shift", domain: "local", name: "s", input: ["h", "c"], output: ["b"] },
  ],
};

const graph = (node: NonNullable<Fields["graph"]>["node"], outputs: string[]) => ({
  name: "g",
  input: [{ name: "x", type: float(4n) }],
  output: outputs.map((name) => ({ name, type: float(4n) })),
  node,
});

describe("model-local functions", () => {
  test("nested, with attributes given, left out and by default; names differ for each call", async () => {
    const model = await expectInlined({
      functions: [shift, leaky],
      graph: graph(
        [
          {
            opType: "leaky",
            domain: "local",
            name: "one",
            input: ["x"],
            output: ["h"],
            attribute: [{ name: "slope", type: 1, f: 0.1 }],
          },
          {
            opType: "leaky",
            domain: "local",
            name: "two",
            input: ["h"],
            output: ["y"],
            attribute: [{ name: "bias", type: 4, t: { dims: [1n], dataType: 1, floatData: [-7] } }],
          },
        ],
        ["y"],
      ),
    });
    const text = printGraph(model.graph);
    expect(text).toContain("h: ? = Add(one/h, one/c)");
    expect(text).toContain("one/c");
    expect(text).toContain("two/c");
    expect(model.graph.nodes.map((n) => n.name).filter(Boolean)).toEqual(["one/s/add", "two/s/add"]);
    expect(model.graph.outputs[0]?.name).toBe("y");
  });

  test("calls without names, results that are inputs, one result twice, results that nobody takes", async () => {
    const pass = {
      name: "pass",
      domain: "local",
      input: ["a"],
      output: ["a", "b", "b", "c"],
      opsetImport: [{ version: 17n }],
      node: [
        { opType: "Neg", input: ["a"], output: ["b"] },
        { opType: "Abs", input: ["b"], output: ["c"] },
      ],
    };
    const bytes = bytesOf({
      functions: [pass],
      graph: graph(
        [
          { opType: "pass", domain: "local", input: ["x"], output: ["p", "q", "r", ""] },
          { opType: "pass", domain: "local", input: ["q"], output: ["", "t", "", "u"] },
        ],
        ["p", "q", "r", "t", "u"],
      ),
    });
    const { graph: read } = decodeModel(bytes);
    expect(verifyGraph(read)).toEqual([]);
    expect(read.outputs.map((v) => v.name)).toEqual(["p", "q", "r", "t", "u"]);
    expect(await run(encodeModel(decodeModel(bytes)), [1, -2, 3, 4])).toEqual([
      [1, -2, 3, 4],
      [-1, 2, -3, -4],
      [-1, 2, -3, -4],
      [1, -2, 3, 4],
      [1, 2, 3, 4],
    ]);
  });

  test("optional inputs left out, and functions within subgraphs that capture", async () => {
    const clip = {
      name: "clip",
      domain: "local",
      input: ["a", "low", "high"],
      output: ["b"],
      opsetImport: [{ version: 17n }],
      node: [{ opType: "Clip", input: ["a", "low", "high"], output: ["b"] }],
    };
    const branch = (name: string, op: string) => ({
      name,
      node: [
        { opType: op, input: ["k"], output: ["z"] },
        { opType: "clip", domain: "local", input: ["z", "", "one"], output: ["b"] },
      ],
      output: [{ name: "b", type: float(4n) }],
    });
    await expectInlined({
      functions: [clip],
      graph: {
        ...graph(
          [
            { opType: "clip", domain: "local", input: ["x", "", "one"], output: ["k"] },
            {
              opType: "Constant",
              output: ["c"],
              attribute: [{ name: "value", type: 4, t: { dataType: 9, int32Data: [1] } }],
            },
            {
              opType: "If",
              input: ["c"],
              output: ["y"],
              attribute: [
                { name: "then_branch", type: 5, g: branch("then", "Neg") },
                { name: "else_branch", type: 5, g: branch("else", "Abs") },
              ],
            },
          ],
          ["y", "k"],
        ),
        initializer: [{ name: "one", dataType: 1, floatData: [1] }],
      },
    });
  });

  test("bodies out of order, overloads apart, operator sets taken over", () => {
    const body = (overload: string, op: string) => ({
      name: "f",
      domain: "local",
      overload,
      input: ["a"],
      output: ["b"],
      opsetImport: [{ version: 17n }, { domain: "ai.onnx.ml", version: 3n }],
      node: [
        { opType: op, input: ["h"], output: ["b"] },
        { opType: "Neg", input: ["a"], output: ["h"] },
      ],
    });
    const model = decodeModel(
      bytesOf({
        functions: [body("", "Abs"), body("v2", "Sin")],
        graph: graph(
          [
            { opType: "f", domain: "local", input: ["x"], output: ["m"] },
            { opType: "f", domain: "local", overload: "v2", input: ["m"], output: ["y"] },
          ],
          ["y"],
        ),
      }),
    );
    expect(model.graph.nodes.map((n) => n.opType)).toEqual(["Neg", "Abs", "Neg", "Sin"]);
    expect(model.opsets).toEqual({ "": 17, local: 1, "ai.onnx.ml": 3 });
  });

  test("stay calls where asked", async () => {
    const bytes = bytesOf({
      functions: [shift],
      graph: graph([{ opType: "shift", domain: "local", input: ["x", "x"], output: ["y"] }], ["y"]),
    });
    const model = decodeModel(bytes, { inlineFunctions: false });
    expect(model.graph.nodes.map((n) => `${n.domain}:${n.opType}`)).toEqual(["local:shift"]);
    expect(await run(encodeModel(model), [1, 2, 3, 4])).toEqual([[2, 4, 6, 8]]);
  });

  test.each([
    [
      "that call themselves",
      [{ ...shift, node: [{ opType: "shift", domain: "local", input: ["a"], output: ["b"] }] }],
      /shift, which calls itself/,
    ],
    ["with fewer inputs than the call has", [{ ...shift, input: ["a"] }], /2 inputs and 1 outputs/],
    ["whose result nothing makes", [{ ...shift, output: ["ghost"] }], /result ghost of function shift/],
  ])("%s are refused", (_, functions, text) => {
    const bytes = bytesOf({
      functions,
      graph: graph([{ opType: "shift", domain: "local", input: ["x", "x"], output: ["y"] }], ["y"]),
    });
    expect(() => decodeModel(bytes)).toThrow(text);
  });
});
