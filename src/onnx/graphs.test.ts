import {
  create,
  createRegistry,
  equals,
  fromBinary,
  type MessageInitShape,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Rng, rngOf } from "../base/index.js";
import { allNodes, bytesOf, DTYPES, type Graph, mapNodes, verifyGraph } from "../ir/index.js";
import { dtypeCode } from "./dtypes.js";
import { decodeModel, encodeModel } from "./index.js";
import {
  type AttributeProtoSchema,
  type GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type TypeProtoSchema,
  type ValueInfoProtoSchema,
} from "./schema.gen.js";

type Init<S extends Parameters<typeof create>[0]> = MessageInitShape<S>;

/** Random models that are legal, with everything the format has in them. */
class Maker {
  private names = 0;
  constructor(private readonly rng: Rng) {}

  private chance(p: number): boolean {
    return this.rng.float() < p;
  }

  private name(kind: string): string {
    return `${kind}${this.names++}`;
  }

  private some<T>(make: () => T, max = 3): T[] {
    return Array.from({ length: this.rng.int(max + 1) }, make);
  }

  private props() {
    return this.chance(0.3)
      ? [
          { key: "k", value: "v" },
          { key: this.name("key"), value: "" },
        ]
      : [];
  }

  private doc() {
    return this.chance(0.2) ? { docString: this.rng.pick(["", "words", "Wörter ☃"]) } : {};
  }

  tensor(): Init<typeof TensorProtoSchema> {
    const dims = this.some(() => this.rng.int(4));
    const count = dims.reduce((a, b) => a * b, 1);
    const dtype = this.rng.pick(DTYPES);
    const common = {
      dims: dims.map(BigInt),
      dataType: dtypeCode(dtype),
      metadataProps: this.props(),
      ...this.doc(),
    };
    const byte = () => this.rng.int(256);
    if (dtype === "string") {
      return { ...common, stringData: Array.from({ length: count }, () => Uint8Array.from(this.some(byte))) };
    }
    if (this.chance(0.3) && count > 0) {
      const small = Array.from({ length: count }, () => this.rng.int(2));
      if (dtype === "float32") return { ...common, floatData: small };
      if (dtype === "int64") return { ...common, int64Data: small.map(BigInt) };
      if (dtype === "uint32" || dtype === "uint64") return { ...common, uint64Data: small.map(BigInt) };
      if (dtype === "bool" || dtype === "float16" || dtype === "int8") return { ...common, int32Data: small };
    }
    return { ...common, rawData: Uint8Array.from({ length: bytesOf(dtype, count) }, byte) };
  }

  type(depth = 0): Init<typeof TypeProtoSchema> {
    const elemType = dtypeCode(this.rng.pick(DTYPES));
    const denotation = this.chance(0.2) ? { denotation: "TENSOR" } : {};
    const dim = () => ({
      value: this.rng.pick([
        { case: "dimValue", value: BigInt(this.rng.int(9)) },
        { case: "dimValue", value: -1n },
        { case: "dimParam", value: this.rng.pick(["N", "a-b", "2*N + 1", "", "?", "unk__3", "(("]) },
        { case: undefined },
      ] as const),
      ...(this.chance(0.2) ? { denotation: "DATA_BATCH" } : {}),
    });
    const shape = this.chance(0.8) ? { shape: { dim: this.some(dim) } } : {};
    const tensorType = { case: "tensorType", value: { elemType, ...shape } } as const;
    if (depth > 2 || this.chance(0.7)) return { value: tensorType, ...denotation };
    const inner = this.type(depth + 1);
    return {
      ...denotation,
      value: this.rng.pick([
        { case: "sequenceType", value: { elemType: inner } },
        { case: "optionalType", value: { elemType: inner } },
        { case: "mapType", value: { keyType: 7, valueType: inner } },
        { case: "sparseTensorType", value: { elemType, ...shape } },
        { case: "opaqueType", value: { domain: "d", name: "n" } },
      ] as const),
    };
  }

  info(name: string): Init<typeof ValueInfoProtoSchema> {
    return {
      name,
      ...(this.chance(0.8) ? { type: this.type() } : {}),
      metadataProps: this.props(),
      ...this.doc(),
    };
  }

  private sparse(name: string) {
    return {
      values: { name, dims: [2n], dataType: 1, rawData: new Uint8Array(8) },
      indices: { dims: [2n], dataType: 7, int64Data: [1n, 3n] },
      dims: [5n],
    };
  }

  private attribute(depth: number, outer: readonly string[]): Init<typeof AttributeProtoSchema> {
    const name = this.name("attr");
    const byte = () => this.rng.int(256);
    const fields = this.rng.pick<() => Init<typeof AttributeProtoSchema>>([
      () => ({ type: 1, f: Math.fround(this.rng.normal()) }),
      () => ({ type: 2, i: this.rng.pick([0n, -5n, 2n ** 62n, -(2n ** 63n)]) }),
      () => ({ type: 3, s: new TextEncoder().encode(this.rng.pick(["", "SAME_UPPER", "☃", "\uFEFFmark"])) }),
      () => ({ type: 3, s: Uint8Array.from(this.some(byte)) }),
      () => ({ type: 4, t: { ...this.tensor(), name: "t" } }),
      () => ({ type: 6, floats: this.some(() => Math.fround(this.rng.normal())) }),
      () => ({ type: 7, ints: this.some(() => BigInt(this.rng.int(100)) - 50n) }),
      () => ({ type: 8, strings: this.some(() => Uint8Array.from(this.some(byte))) }),
      () => ({ type: 9, tensors: this.some(() => this.tensor()) }),
      () => ({ type: 10, graphs: depth > 2 ? [] : this.some(() => this.graph(depth + 1, outer), 2) }),
      () => ({ type: 11, sparseTensor: this.sparse("") }),
      () => ({ type: 12, sparseTensors: [this.sparse("")] }),
      () => ({ type: 13, tp: this.type() }),
      () => ({ type: 14, typeProtos: this.some(() => this.type()) }),
      () => (depth > 2 ? { type: 2, i: 1n } : { type: 5, g: this.graph(depth + 1, outer) }),
    ])();
    return { name, ...fields, ...this.doc() };
  }

  private node(depth: number, known: readonly string[]): Init<typeof NodeProtoSchema> {
    const input = () => (this.chance(0.15) || known.length === 0 ? "" : this.rng.pick(known));
    return {
      opType: this.rng.pick(["Relu", "Add", "Made.Up"]),
      ...(this.chance(0.4) ? { domain: this.rng.pick(["", "ai.onnx", "custom.domain", "ai.onnx.ml"]) } : {}),
      ...(this.chance(0.6) ? { name: this.name("node") } : {}),
      ...(this.chance(0.1) ? { overload: "o" } : {}),
      input: this.some(input),
      output: [this.name("v"), ...(this.chance(0.2) ? ["", this.name("v")] : [])],
      attribute: this.some(() => this.attribute(depth, known)),
      metadataProps: this.props(),
      deviceConfigurations: this.chance(0.1)
        ? [{ configurationId: "c", pipelineStage: 1, shardingSpec: [{ tensorName: "x", device: [0n] }] }]
        : [],
      ...this.doc(),
    };
  }

  graph(depth = 0, outer: readonly string[] = []): Init<typeof GraphProtoSchema> {
    const inputs = this.some(() => this.name("in"));
    const initializers = this.some(() => this.name("w"));
    const sparse = this.some(() => this.name("s"), 1);
    const known = [...outer, ...inputs, ...initializers, ...sparse];
    const shared = inputs.filter(() => this.chance(0.2));
    const node = this.some(() => {
      const made = this.node(depth, known);
      known.push(...(made.output ?? []).filter((name) => name !== ""));
      return made;
    }, 5);
    const own = known.slice(outer.length);
    return {
      name: this.name("graph"),
      input: inputs.map((name) => this.info(name)),
      initializer: [...initializers, ...shared].map((name) => ({ ...this.tensor(), name })),
      sparseInitializer: sparse.map((name) => this.sparse(name)),
      node,
      output: known.filter(() => this.chance(0.3)).map((name) => this.info(name)),
      valueInfo: [...own.filter(() => this.chance(0.4)), ...this.some(() => this.name("nothing"), 1)].map(
        (name) => this.info(name),
      ),
      quantizationAnnotation: this.chance(0.2)
        ? [{ tensorName: "x", quantParameterTensorNames: [{ key: "SCALE_TENSOR", value: "s" }] }]
        : [],
      metadataProps: this.props(),
      ...this.doc(),
    };
  }

  model(): ModelProto {
    const proto = create(ModelProtoSchema, {
      irVersion: BigInt(3 + this.rng.int(11)),
      ...(this.chance(0.5)
        ? { producerName: this.rng.pick(["", "p"]), producerVersion: "1", domain: "d", modelVersion: 3n }
        : {}),
      opsetImport: [
        { domain: this.rng.pick(["", "ai.onnx"]), version: 17n },
        { domain: "custom.domain", version: 1n },
      ],
      graph: this.graph(),
      metadataProps: this.props(),
      trainingInfo: this.chance(0.2)
        ? [{ algorithm: this.graph(2), updateBinding: [{ key: "a", value: "b" }] }]
        : [],
      functions: this.chance(0.3)
        ? [
            {
              name: "f",
              domain: "f.domain",
              input: ["a"],
              output: ["b"],
              attribute: ["alpha"],
              attributeProto: [{ name: "beta", type: 1, f: 0.5 }],
              opsetImport: [{ version: 17n }],
              node: [
                {
                  opType: "Elu",
                  input: ["a"],
                  output: ["b"],
                  attribute: [{ name: "alpha", type: 1, refAttrName: "alpha" }],
                },
              ],
              valueInfo: [this.info("b")],
              metadataProps: this.props(),
            },
          ]
        : [],
      configuration: this.chance(0.2) ? [{ name: "c", numDevices: 2, device: ["a", "b"] }] : [],
      ...this.doc(),
    });
    this.strange(proto);
    return proto;
  }

  /** Fields of a later version of the format, at every level that may hold them. */
  private strange(proto: ModelProto): void {
    const field = () => [{ no: 1999, wireType: 2, data: Uint8Array.of(3, 1, 2, 3) }];
    proto.$unknown = field();
    const graph = proto.graph;
    if (graph === undefined) return;
    graph.$unknown = field();
    for (const it of [...graph.node, ...graph.initializer, ...graph.input, ...graph.output])
      it.$unknown = field();
    for (const node of graph.node) for (const a of node.attribute) a.$unknown = field();
    for (const { type } of graph.valueInfo) if (type) type.$unknown = field();
  }
}

/** What means the same counts as the same: the order of value_info. */
function normal(bytes: Uint8Array): ModelProto {
  const proto = fromBinary(ModelProtoSchema, bytes);
  const sort = (graph: ModelProto["graph"]) => {
    graph?.valueInfo.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const node of graph?.node ?? []) {
      for (const a of node.attribute) for (const g of [a.g, ...a.graphs]) sort(g);
    }
  };
  sort(proto.graph);
  return proto;
}

function expectSame(before: Uint8Array, after: Uint8Array): void {
  const [a, b] = [normal(before), normal(after)];
  if (equals(ModelProtoSchema, a, b, { registry: createRegistry(), unknown: true })) return;
  expect(toJsonString(ModelProtoSchema, b)).toBe(toJsonString(ModelProtoSchema, a));
  expect.fail("presence or unknown fields differ");
}

const seeds = fc.nat(2 ** 31);

describe("random models", () => {
  test("come back field by field", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const bytes = toBinary(ModelProtoSchema, new Maker(rngOf(seed)).model());
        const model = decodeModel(bytes, { inlineFunctions: false });
        expect(verifyGraph(model.graph)).toEqual([]);
        expectSame(bytes, encodeModel(model));
      }),
      { numRuns: 400 },
    );
  });

  test("whose nodes were rebuilt by a pass keep their meaning and their documentation", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const bytes = toBinary(ModelProtoSchema, new Maker(rngOf(seed)).model());
        const model = decodeModel(bytes, { inlineFunctions: false });
        const rebuilt = { ...model, graph: mapNodes(model.graph, (node) => ({ ...node })) };
        expectSame(bytes, encodeModel(rebuilt));
      }),
      { numRuns: 100 },
    );
  });

  test("without what only the codec knows are still the same graphs", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const bytes = toBinary(ModelProtoSchema, new Maker(rngOf(seed)).model());
        const { extra: _, ...model } = decodeModel(bytes);
        const graph = mapNodes(model.graph.with({ extra: undefined }), ({ extra: __, ...node }) => node);
        const again = decodeModel(encodeModel({ ...model, graph })).graph;
        expect(verifyGraph(again)).toEqual([]);
        // A graph that returns an outer value or one value twice gets an Identity; all else stays.
        const shape = (g: Graph) => [
          g.inputs.map((v) => v.name),
          [...allNodes(g)]
            .filter((n) => n.opType !== "Identity")
            .map((n) => [n.opType, n.inputs.map((v) => v?.name)]),
          g.initializers.map((v) => v.data?.dims),
          g.outputs.length,
        ];
        expect(shape(again)).toEqual(shape(graph));
      }),
      { numRuns: 100 },
    );
  });
});
