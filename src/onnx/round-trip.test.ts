import { readFileSync } from "node:fs";
import { createRegistry, equals, fromBinary, toJsonString } from "@bufbuild/protobuf";
import { afterAll, describe, expect, test } from "vitest";
import { verifyGraph } from "../ir/index.js";
import { modelsMissing, unpackModels } from "../testing/onnx-models.node.js";
import { decodeModel, encodeModel } from "./index.js";
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

/** That what is written back gives the recorded results is tested with the outside judges. */
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
});
