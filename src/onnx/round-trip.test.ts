import { readFileSync } from "node:fs";
import { createRegistry, equals, fromBinary, toJsonString } from "@bufbuild/protobuf";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { afterAll, describe, expect, test } from "vitest";
import { numbersOf, sizeOf, type Tensor, verifyGraph } from "../ir/index.js";
import { type ModelCase, modelsMissing, unpackModels } from "../testing/onnx-models.node.js";
import { decodeModel, decodeTensor, encodeModel } from "./index.js";
import { type ModelProto, ModelProtoSchema } from "./schema.gen.js";

const ARCHIVES = ["light-models.tar.gz", "backend-tests.tar.gz"];
const missing = modelsMissing(ARCHIVES);
if (missing !== undefined) console.warn(`skipped: round trips of real models, because ${missing}`);

/** Order of `value_info` means nothing. */
function parsed(bytes: Uint8Array): ModelProto {
  const proto = fromBinary(ModelProtoSchema, bytes);
  proto.graph?.valueInfo.sort((a, b) => (a.name < b.name ? -1 : 1));
  return proto;
}

describe.skipIf(missing !== undefined)("models of the ONNX project", () => {
  const { cases, dispose } =
    missing === undefined ? unpackModels(ARCHIVES) : { cases: [], dispose: () => {} };
  afterAll(dispose);

  test("are all there", () => {
    expect(cases.length).toBeGreaterThanOrEqual(79);
  });

  test.each(cases)("$name comes back as it was", ({ file }) => {
    const bytes = readFileSync(file);
    const model = decodeModel(bytes, { source: file, inlineFunctions: false });
    expect(verifyGraph(model.graph)).toEqual([]);
    const [before, after] = [parsed(bytes), parsed(encodeModel(model))];
    if (equals(ModelProtoSchema, before, after, { registry: createRegistry(), unknown: true })) return;
    expect(toJsonString(ModelProtoSchema, after)).toBe(toJsonString(ModelProtoSchema, before));
    expect.fail("fields that are set differ in presence or in unknown fields");
  });

  let ran = 0;
  const runnable = cases.filter((c) => c.outputs.length > 0);
  test.each(runnable)("$name gives the expected outputs before and after", async (it) => {
    const bytes = readFileSync(it.file);
    const expected = it.outputs.map((file) => decodeTensor(readFileSync(file), file));
    const before = await outputsOf(bytes, it);
    const after = await outputsOf(encodeModel(decodeModel(bytes)), it);
    // Some models use operators that the runtime does not have: then it must refuse both.
    expect(after === undefined).toBe(before === undefined);
    for (const outputs of [before, after]) {
      outputs?.forEach((values, i) => {
        expectClose(values, expected[i]);
      });
    }
    if (after !== undefined) ran++;
  });

  test("are mostly known to the runtime", () => {
    expect(ran).toBeGreaterThan(40);
  });
});

/** What the runtime gives for a case's inputs; undefined where it cannot run the model. */
async function outputsOf(bytes: Uint8Array, it: ModelCase): Promise<OrtTensor[] | undefined> {
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 4 }).catch(() => undefined);
  if (session === undefined) return undefined;
  try {
    const declared = decodeModel(bytes).graph.inputs;
    const feeds = Object.fromEntries(
      session.inputNames.flatMap((name, i) => {
        const file = it.inputs[i];
        if (file !== undefined) return [[name, ortTensor(decodeTensor(readFileSync(file), file))]];
        return it.inputs.length === 0
          ? [[name, ramp(declared.find((v) => v.name === name)?.dims ?? [])]]
          : [];
      }),
    );
    const results = await session.run(feeds);
    return session.outputNames.flatMap((name) => results[name] ?? []);
  } finally {
    await session.release();
  }
}

/** The input with which ONNX made the expected outputs of its light models. */
function ramp(dims: readonly number[]): OrtTensor {
  const count = sizeOf(dims);
  return new OrtTensor(
    "float32",
    Float32Array.from({ length: count }, (_, i) => i / count),
    dims,
  );
}

function ortTensor({ dtype, dims, data }: Tensor): OrtTensor {
  if (dtype === "string") return new OrtTensor("string", [...(data as readonly string[])], dims);
  return new OrtTensor(dtype as "float32", data as Float32Array, dims);
}

function expectClose(got: OrtTensor, wanted: Tensor | undefined): void {
  if (wanted === undefined) return;
  expect([...got.dims]).toEqual([...wanted.dims]);
  if (got.type === "string") {
    expect([...(got.data as string[])]).toEqual([...(wanted.data as readonly string[])]);
    return;
  }
  const values = Array.from(got.data as ArrayLike<number | bigint>, Number);
  const far = numbersOf(wanted).findIndex(
    (w, i) => !(Math.abs(w - (values[i] ?? Number.NaN)) <= 1e-4 + 1e-3 * Math.abs(w)),
  );
  expect(far, `element ${far}: ${values[far]}`).toBe(-1);
}
