import { create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MorphError } from "../base/index.js";
import { Graph, type Model, printGraph, tensor, Value, verifyGraph } from "../ir/index.js";
import { decodeModel, encodeModel } from "./index.js";
import { ModelProtoSchema, TensorProtoSchema } from "./schema.gen.js";

const utf8 = (text: string) => new TextEncoder().encode(text);
const float = { value: { case: "tensorType", value: { elemType: 1 } } } as const;

function errorOf(bytes: Uint8Array): MorphError {
  try {
    decodeModel(bytes, { source: "m.onnx" });
  } catch (error) {
    if (error instanceof MorphError) return error;
    throw error;
  }
  return expect.fail("decoded");
}

/** One MorphError of this room, or a model that verifies and can be written. Nothing else. */
function survives(bytes: Uint8Array): boolean {
  let model: Model;
  try {
    model = decodeModel(bytes);
  } catch (error) {
    if (error instanceof MorphError && error.code.startsWith("onnx_")) return false;
    throw error;
  }
  expect(verifyGraph(model.graph)).toEqual([]);
  encodeModel(model);
  return true;
}

/** A model with a bit of everything, in a few hundred bytes. */
const small = toBinary(
  ModelProtoSchema,
  create(ModelProtoSchema, {
    irVersion: 8n,
    producerName: "test",
    opsetImport: [{ domain: "", version: 17n }],
    metadataProps: [{ key: "k", value: "v" }],
    functions: [
      {
        name: "twice",
        domain: "local",
        input: ["a"],
        output: ["b"],
        node: [{ opType: "Add", input: ["a", "a"], output: ["b"] }],
        opsetImport: [{ domain: "", version: 17n }],
      },
    ],
    graph: {
      name: "g",
      input: [{ name: "x", type: float }],
      output: [{ name: "y", type: float }],
      initializer: [
        { name: "w", dims: [2n], dataType: 1, rawData: new Uint8Array(8) },
        { name: "k", dims: [2n], dataType: 7, int64Data: [1n, -1n] },
      ],
      valueInfo: [{ name: "h", type: float }],
      node: [
        { opType: "Mul", name: "m", input: ["x", "w"], output: ["h"] },
        { opType: "twice", domain: "local", input: ["h"], output: ["t"] },
        {
          opType: "If",
          input: ["c"],
          output: ["y"],
          attribute: [
            {
              name: "then_branch",
              type: 5,
              g: {
                name: "then",
                node: [{ opType: "Relu", input: ["t"], output: ["r"] }],
                output: [{ name: "r" }],
              },
            },
            {
              name: "else_branch",
              type: 5,
              g: {
                name: "else",
                node: [{ opType: "Neg", input: ["t"], output: ["r"] }],
                output: [{ name: "r" }],
              },
            },
          ],
        },
        {
          opType: "Constant",
          output: ["c"],
          attribute: [{ name: "value", type: 4, t: { dataType: 9, rawData: Uint8Array.of(1) } }],
        },
      ],
    },
  }),
);

describe("what is not a model", () => {
  test.each([
    ["an empty file", new Uint8Array(0), "empty file"],
    ["text", utf8("hello, this is not a model\n"), "text file"],
    ["JSON", utf8('{"a": 1}'), "JSON"],
    ["a web page", utf8("<!DOCTYPE html><html></html>"), "web page"],
    ["a Git LFS pointer", utf8("version https://git-lfs.github.com/spec/v1\noid sha256:1\n"), "git lfs pull"],
    ["a PNG", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0), "PNG image"],
    ["a zip", Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0), "zip archive"],
    [
      "a PyTorch file",
      new Uint8Array([...utf8("PK\x03\x04"), ...new Uint8Array(26), ...utf8("model/data.pkl")]),
      "PyTorch",
    ],
    ["gzip", Uint8Array.of(0x1f, 0x8b, 8, 0), "gunzip"],
    ["HDF5", Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a), "Keras"],
    ["a TFLite model", Uint8Array.of(0x1c, 0, 0, 0, ...utf8("TFL3")), "tf2onnx"],
    [
      "safetensors",
      new Uint8Array([8, 0, 0, 0, 0, 0, 0, 0, ...utf8('{"w":{"dtype":"F32"}}')]),
      "safetensors",
    ],
    [
      "a lone tensor",
      toBinary(TensorProtoSchema, create(TensorProtoSchema, { dims: [1n], dataType: 1, floatData: [1] })),
      "onnx_corrupt",
    ],
    ["a message without a graph", Uint8Array.of(8, 7), "without a graph"],
  ])("%s is named in one line", (_, bytes, text) => {
    const error = errorOf(bytes);
    expect(error.code).toBe("onnx_corrupt");
    expect(error.issue.path).toMatch(/^m\.onnx/);
    expect(error.issue.hint).toBeTruthy();
    expect(error.message).toContain(text);
    expect(error.message).not.toContain("\n");
  });
});

describe("damage", () => {
  test("is placed: the way through the messages and the byte", () => {
    const cut = errorOf(small.subarray(0, small.length - 3));
    expect(cut.message).toMatch(/m\.onnx: .*\(byte \d+\)/);
  });

  test("at every length of a truncated model gives one error, or a smaller legal model", () => {
    for (let length = 0; length < small.length; length++) survives(small.subarray(0, length));
    expect(survives(small)).toBe(true);
  });

  test("by any flipped bit gives one error, or another legal model", () => {
    let refused = 0;
    for (let bit = 0; bit < small.length * 8; bit++) {
      const bytes = Uint8Array.from(small);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      if (!survives(bytes)) refused++;
    }
    expect(refused).toBeGreaterThan(small.length);
  });

  test("by random bytes, alone or written into a model", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void survives(bytes)),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(
        fc.nat(small.length - 1),
        fc.uint8Array({ minLength: 1, maxLength: 12 }),
        fc.boolean(),
        (at, noise, insert) => {
          const bytes = new Uint8Array([
            ...small.subarray(0, at),
            ...noise,
            ...small.subarray(insert ? at : at + noise.length),
          ]);
          survives(bytes);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("hostile sizes", () => {
  const withTensor = (t: { dims: bigint[]; dataType: number; rawData?: Uint8Array; floatData?: number[] }) =>
    toBinary(
      ModelProtoSchema,
      create(ModelProtoSchema, { irVersion: 8n, graph: { initializer: [{ name: "w", ...t }] } }),
    );

  test.each([
    ["dims far beyond the data", { dims: [2n ** 40n, 2n ** 40n], dataType: 1, rawData: new Uint8Array(4) }],
    ["dims of 2^62", { dims: [2n ** 62n], dataType: 1, rawData: new Uint8Array(4) }],
    ["negative dims", { dims: [-1n, -4n], dataType: 1, rawData: new Uint8Array(16) }],
    ["too few typed elements", { dims: [1000n], dataType: 1, floatData: [1] }],
    ["strings that are not there", { dims: [10n ** 9n], dataType: 8 }],
    ["typed data that are not there", { dims: [10n ** 9n], dataType: 6 }],
  ])("%s", (_, t) => {
    expect(errorOf(withTensor(t)).code).toBe("onnx_corrupt");
    expect(errorOf(withTensor(t)).issue.path).toBe("m.onnx: w");
  });

  test("an element type that nobody knows", () => {
    expect(errorOf(withTensor({ dims: [], dataType: 99, rawData: new Uint8Array(4) })).message).toContain(
      "element type 99",
    );
  });

  test("a length field beyond the file", () => {
    expect(errorOf(Uint8Array.of(8, 7, 0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f)).message).toContain(
      "4294967295 bytes for graph",
    );
  });

  test("graphs nested without end", () => {
    let bytes: Uint8Array = new Uint8Array(0);
    const wrap = (field: number, inner: Uint8Array) => {
      const length: number[] = [];
      for (let n = inner.length; ; n >>>= 7) {
        length.push(n > 127 ? (n & 127) | 128 : n);
        if (n <= 127) break;
      }
      return new Uint8Array([(field << 3) | 2, ...length, ...inner]);
    };
    for (let i = 0; i < 400; i++) bytes = wrap(1, wrap(5, wrap(6, bytes)));
    expect(errorOf(wrap(7, bytes)).message).toContain("nested deeper than 100");
  });

  test("millions of empty messages", () => {
    const nodes = new Uint8Array(8_000_000);
    for (let i = 0; i < nodes.length; i += 2) nodes[i] = 0x0a;
    const header = [0x3a, 0x80, 0xa4, 0xe8, 0x03];
    expect(errorOf(new Uint8Array([...header, ...nodes])).code).toBe("onnx_too_large");
  });

  test("functions that double at each level", () => {
    const levels = 40;
    const functions = Array.from({ length: levels }, (_, i) => ({
      name: `f${i}`,
      domain: "d",
      input: ["a"],
      output: ["b"],
      node:
        i === levels - 1
          ? [{ opType: "Neg", input: ["a"], output: ["b"] }]
          : [
              { opType: `f${i + 1}`, domain: "d", input: ["a"], output: ["m"] },
              { opType: `f${i + 1}`, domain: "d", input: ["m"], output: ["b"] },
            ],
    }));
    const graph = {
      input: [{ name: "x" }],
      output: [{ name: "y" }],
      node: [{ opType: "f0", domain: "d", input: ["x"], output: ["y"] }],
    };
    const error = errorOf(toBinary(ModelProtoSchema, create(ModelProtoSchema, { functions, graph })));
    expect(error.code).toBe("onnx_too_large");
  });
});

describe("graphs that are not legal", () => {
  const graphError = (graph: object) =>
    errorOf(toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, graph }))).message;

  test.each([
    [
      "an input that nothing makes",
      { node: [{ opType: "Relu", name: "act", input: ["ghost"], output: ["y"] }] },
      /graph\/act: .*input 0, "ghost", which nothing makes/,
    ],
    ["an output that nothing makes", { output: [{ name: "ghost" }] }, /output "ghost" that nothing makes/],
    [
      "a cycle",
      {
        node: [
          { opType: "Neg", name: "p", input: ["b"], output: ["a"] },
          { opType: "Neg", name: "q", input: ["a"], output: ["b"] },
        ],
      },
      /wait for each other: p, q/,
    ],
    ["two inputs of one name", { input: [{ name: "x" }, { name: "x" }] }, /second input called x/],
    [
      "an attribute twice",
      {
        node: [
          {
            opType: "A",
            attribute: [
              { name: "k", type: 2 },
              { name: "k", type: 2 },
            ],
          },
        ],
      },
      /given twice/,
    ],
    ["an unnamed initializer", { initializer: [{ dataType: 1 }] }, /without a name/],
  ])("%s", (_, graph, text) => {
    expect(graphError(graph)).toMatch(text);
  });

  test("writing a value that nothing gives names node and value", () => {
    const x = Value.of("x", "float32", [1]);
    const ghost = Value.of("ghost", "float32", [1]);
    const y = Value.of("y", "float32", [1]);
    const node = { opType: "Add", domain: "", name: "sum", inputs: [x, ghost], outputs: [y], attributes: {} };
    const graph = new Graph({ name: "g", inputs: [x], outputs: [y], initializers: [], nodes: [node] });
    expect(() => encodeModel({ graph, opsets: { "": 17 }, irVersion: 8, metadata: {} })).toThrow(
      /onnx_undefined_value at graph\/sum: received "ghost"/,
    );
  });

  test("a model beyond 2 GiB asks for external data", () => {
    const data = new Uint8Array(2 ** 31);
    const w = Value.constant("w", { dtype: "uint8", dims: [2 ** 31], data });
    const graph = new Graph({ name: "g", inputs: [], outputs: [w], initializers: [w], nodes: [] });
    expect(() => encodeModel({ graph, opsets: { "": 17 }, irVersion: 8, metadata: {} })).toThrow(
      /onnx_too_large at w: .*externalData/,
    );
  });
});

describe("names become references", () => {
  const read = (graph: object) =>
    decodeModel(toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, graph })));

  test("nodes out of order are sorted, also by what their subgraphs capture", () => {
    const { graph } = decodeModel(small);
    expect(graph.nodes.map((n) => n.opType)).toEqual(["Mul", "Add", "Constant", "If"]);
    expect(verifyGraph(graph)).toEqual([]);
  });

  test("a name that a subgraph reuses is made unique, sibling branches keep theirs", () => {
    const branch = {
      name: "b",
      node: [{ opType: "Neg", input: ["x"], output: ["h"] }],
      output: [{ name: "h" }],
    };
    const { graph } = read({
      input: [{ name: "x" }, { name: "c" }],
      node: [
        {
          opType: "If",
          input: ["c"],
          output: ["y"],
          attribute: [
            { name: "then_branch", type: 5, g: branch },
            { name: "else_branch", type: 5, g: branch },
          ],
        },
        { opType: "Neg", input: ["y"], output: ["h"] },
      ],
      output: [{ name: "h" }],
    });
    expect(graph.outputs.map((v) => v.name)).toEqual(["h"]);
    expect(printGraph(graph)).toContain("h_1");
    expect(verifyGraph(graph)).toEqual([]);
  });

  test("the same name for two nodes' outputs: the later one wins from then on", () => {
    const { graph } = read({
      input: [{ name: "x" }],
      node: [
        { opType: "Neg", input: ["x"], output: ["h"] },
        { opType: "Relu", input: ["h"], output: ["h"] },
      ],
      output: [{ name: "h" }],
    });
    expect(graph.producer(graph.outputs[0] ?? expect.fail())?.opType).toBe("Relu");
    expect(verifyGraph(graph)).toEqual([]);
  });

  test("optional inputs, initializers that are inputs, outputs that are inputs or initializers", () => {
    const { graph } = read({
      input: [
        { name: "x", type: float },
        { name: "w", type: float },
      ],
      initializer: [{ name: "w", dims: [1n], dataType: 1, rawData: new Uint8Array(4) }],
      node: [{ opType: "Clip", input: ["x", "", "w"], output: ["y"] }],
      output: [{ name: "x" }, { name: "w" }, { name: "y" }],
    });
    expect(graph.nodes[0]?.inputs.map((v) => v?.name)).toEqual(["x", undefined, "w"]);
    expect(graph.inputs[1]).toBe(graph.initializers[0]);
    expect(graph.outputs.slice(0, 2)).toEqual(graph.inputs);
    expect(verifyGraph(graph)).toEqual([]);
  });

  test("clashing names are renamed on writing, inputs and outputs of the model never", () => {
    const x = Value.of("x", "float32", [2]);
    const h = Value.of("x", "float32", [2]);
    const y = Value.of("y", "float32", [2]);
    const w = Value.constant("y", tensor("float32", [2], [1, 2]));
    const node = (opType: string, inputs: Value[], out: Value) => ({
      opType,
      domain: "",
      name: "",
      inputs,
      outputs: [out],
      attributes: {},
    });
    const graph = new Graph({
      name: "g",
      inputs: [x],
      outputs: [y],
      initializers: [w],
      nodes: [node("Add", [x, w], h), node("Relu", [h], y)],
    });
    const again = decodeModel(encodeModel({ graph, opsets: { "": 17 }, irVersion: 8, metadata: {} })).graph;
    expect(again.inputs[0]?.name).toBe("x");
    expect(again.outputs[0]?.name).toBe("y");
    expect(verifyGraph(again)).toEqual([]);
  });
});
