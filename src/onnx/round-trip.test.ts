import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRegistry, equals, fromBinary, toJsonString } from "@bufbuild/protobuf";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { afterAll, describe, expect, test } from "vitest";
import { numbersOf, sizeOf, type Tensor, verifyGraph } from "../ir/index.js";
import { decodeModel, decodeTensor, encodeModel } from "./index.js";
import { type ModelProto, ModelProtoSchema } from "./schema.gen.js";

const data = process.env.MORPH_DATA ?? join(import.meta.dirname, "../../../shared/data");
const archives = ["light-models.tar.gz", "backend-tests.tar.gz"].map((name) => join(data, "onnx", name));
const present = archives.every((file) => existsSync(file));
if (!present) console.warn(`skipped: round trips of real models, because ${data}/onnx is not there`);

const dir = mkdtempSync(join(tmpdir(), "morph-onnx-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Case {
  readonly name: string;
  readonly file: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Models with the files of their inputs and expected outputs. */
function casesIn(folder: string): Case[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".onnx"))
    .sort()
    .map((name) => {
      const file = join(folder, name);
      const set = join(file, "../test_data_set_0");
      const light = file.replace(/\.onnx$/, "_output_0.pb");
      const numbered = (kind: string) =>
        existsSync(set)
          ? readdirSync(set)
              .filter((f) => f.startsWith(kind))
              .sort()
              .map((f) => join(set, f))
          : [];
      return {
        name,
        file,
        inputs: numbered("input"),
        outputs: existsSync(light) ? [light] : numbered("output"),
      };
    });
}

function extracted(): Case[] {
  if (!present) return [];
  for (const file of archives) execFileSync("tar", ["xzf", file, "-C", dir]);
  return casesIn(dir);
}

/** Order of `value_info` means nothing. */
function parsed(bytes: Uint8Array): ModelProto {
  const proto = fromBinary(ModelProtoSchema, bytes);
  proto.graph?.valueInfo.sort((a, b) => (a.name < b.name ? -1 : 1));
  return proto;
}

describe.skipIf(!present)("models of the ONNX project", () => {
  const cases = extracted();

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
async function outputsOf(bytes: Uint8Array, it: Case): Promise<OrtTensor[] | undefined> {
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
