import { execFileSync, spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { build } from "esbuild";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { Graph, type Model, tensor, Value } from "../ir/index.js";
import { decodeModel, encodeModel, loadModel, saveModel } from "./index.js";
import { ModelProtoSchema, TensorProto_DataLocation } from "./schema.gen.js";

const root = mkdtempSync(join(tmpdir(), "morph-files-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let dir = root;
let file = "";
beforeEach(() => {
  dir = mkdtempSync(join(root, "case-"));
  file = join(dir, "m.onnx");
});

/** y = x + w, with a weight of `count` numbers and a small one. */
function model(count = 3000): Model {
  const x = Value.of("x", "float32", [count]);
  const [h, y] = [Value.of("h", "float32", [count]), Value.of("y", "float32", [count])];
  const w = Value.constant(
    "w",
    tensor(
      "float32",
      [count],
      Array.from({ length: count }, (_, i) => i),
    ),
  );
  const b = Value.constant("b", tensor("float32", [1], [0.5]));
  const add = (a: Value, c: Value, out: Value) => ({
    opType: "Add",
    domain: "",
    name: "",
    inputs: [a, c],
    outputs: [out],
    attributes: {},
  });
  const graph = new Graph({
    name: "g",
    inputs: [x],
    outputs: [y],
    initializers: [w, b],
    nodes: [add(x, w, h), add(h, b, y)],
  });
  return { graph, opsets: { "": 17 }, irVersion: 8, metadata: {} };
}

const failure = async (work: Promise<unknown>) =>
  String(
    await work.then(
      () => "nothing",
      (error: unknown) => error,
    ),
  );

describe("saving and loading", () => {
  test("gives the same model, with nothing else left in the directory", async () => {
    await saveModel(file, model());
    expect(readdirSync(dir)).toEqual(["m.onnx"]);
    expect(encodeModel(await loadModel(file))).toEqual(encodeModel(model()));
  });

  test("with external data: large tensors outside, aligned, with a checksum; the runtime reads them", async () => {
    await saveModel(file, model(), { externalData: {} });
    expect(readdirSync(dir).sort()).toEqual(["m.onnx", "m.onnx.data"]);
    const proto = fromBinary(ModelProtoSchema, readFileSync(file));
    const [w, b] = proto.graph?.initializer ?? [];
    expect(w?.dataLocation).toBe(TensorProto_DataLocation.EXTERNAL);
    expect(w?.externalData.map((e) => e.key)).toEqual(["location", "offset", "length", "checksum"]);
    expect(b?.dataLocation).toBe(TensorProto_DataLocation.DEFAULT);
    expect(encodeModel(await loadModel(file))).toEqual(encodeModel(model()));

    const session = await InferenceSession.create(file, { logSeverityLevel: 4 });
    try {
      const { y } = await session.run({ x: new Tensor("float32", new Float32Array(3000), [3000]) });
      expect(y?.data[2999]).toBe(2999.5);
    } finally {
      await session.release();
    }
  });

  test("all thresholds and a location of one's own", async () => {
    await saveModel(file, model(), { externalData: { location: "weights.bin", thresholdBytes: 0 } });
    expect(readdirSync(dir).sort()).toEqual(["m.onnx", "weights.bin"]);
    expect(encodeModel(await loadModel(file))).toEqual(encodeModel(model()));
  });

  test("decodeModel asks for the ranges it needs, and refuses without", async () => {
    await saveModel(file, model(), { externalData: {} });
    const bytes = readFileSync(file);
    const asked: string[] = [];
    const read = decodeModel(bytes, {
      external: (location, { offset, length = 0 }) => {
        asked.push(location);
        return readFileSync(join(dir, location)).subarray(offset, offset + length);
      },
    });
    expect(asked).toEqual(["m.onnx.data"]);
    expect(encodeModel(read)).toEqual(encodeModel(model()));
    expect(() => decodeModel(bytes)).toThrow(/onnx_external_missing at w: .*loadModel/);
  });
});

describe("external data that cannot be trusted", () => {
  /** The saved model with its external entry changed. */
  async function tampered(entries: Record<string, string>): Promise<string> {
    await saveModel(file, model(), { externalData: {} });
    const proto = fromBinary(ModelProtoSchema, readFileSync(file));
    for (const t of proto.graph?.initializer ?? []) {
      for (const e of t.externalData) e.value = entries[e.key] ?? e.value;
    }
    writeFileSync(file, toBinary(ModelProtoSchema, proto));
    return failure(loadModel(file));
  }

  test.each(["../secret", "/etc/passwd", "a/../../secret", "C:\\secret", "..\\secret", "", ".", "a\0b"])(
    "location %j",
    async (location) => {
      expect(await tampered({ location })).toMatch(/onnx_external_escapes at .*m\.onnx: w/);
      expect(await failure(saveModel(file, model(), { externalData: { location } }))).toContain(
        "onnx_external_escapes",
      );
    },
  );

  test("a link that leads out of the directory; one beside the model's own target is fine", async () => {
    const other = mkdtempSync(join(root, "blobs-"));
    await saveModel(join(other, "m.onnx"), model(), { externalData: {} });
    symlinkSync(join(other, "m.onnx.data"), join(dir, "m.onnx.data"));
    writeFileSync(file, readFileSync(join(other, "m.onnx")));
    expect(await failure(loadModel(file))).toContain("onnx_external_escapes");
    rmSync(file);
    symlinkSync(join(other, "m.onnx"), file);
    expect(encodeModel(await loadModel(file))).toEqual(encodeModel(model()));
  });

  test("missing, cut short, changed, misplaced", async () => {
    expect(await tampered({ location: "gone.bin" })).toMatch(
      /onnx_external_missing at .*m\.onnx: gone\.bin: .*put gone\.bin beside/i,
    );
    expect(await tampered({ offset: "9007199254740000" })).toMatch(/onnx_corrupt at .*: w: expected bytes/);
    expect(await tampered({ offset: "-4" })).toContain('received offset "-4"');
    expect(await tampered({ length: "1e99" })).toContain("onnx_corrupt");
    expect(await tampered({ length: "8" })).toMatch(
      /onnx_corrupt at .*: w: expected 12000 bytes, received 8 bytes/,
    );
    expect(await tampered({ checksum: "0".repeat(40) })).toContain("onnx_external_checksum");

    await saveModel(file, model(), { externalData: {} });
    truncateSync(join(dir, "m.onnx.data"), 100);
    expect(await failure(loadModel(file))).toContain("onnx_external_checksum");
  });
});

describe("files that cannot be read or written", () => {
  test("say what to do", async () => {
    expect(await failure(loadModel(join(dir, "none.onnx")))).toMatch(
      /not_found at .*none\.onnx: .*Check the path/,
    );
    expect(await failure(loadModel(dir))).toMatch(/read_failed at .*the \.onnx file inside/);
    writeFileSync(file, "not a model");
    expect(await failure(loadModel(file))).toMatch(/onnx_corrupt at .*m\.onnx: .*text file/);
    expect(await failure(saveModel(join(dir, "no/such/m.onnx"), model()))).toMatch(
      /write_failed at .*Create the directory/,
    );
    mkdirSync(join(dir, "taken.onnx"));
    expect(await failure(saveModel(join(dir, "taken.onnx"), model()))).toContain("write_failed");
    expect(readdirSync(dir).sort()).toEqual(["m.onnx", "taken.onnx"]);
  });

  test("a cancelled save leaves the old file and nothing else", async () => {
    await saveModel(file, model(10));
    const before = readFileSync(file);
    await expect(saveModel(file, model(), { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
    await expect(loadModel(file, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
    expect(readdirSync(dir)).toEqual(["m.onnx"]);
    expect(readFileSync(file)).toEqual(before);
  });

  test("a full disk leaves the old files and nothing else", async () => {
    // A real limit on file size, set by the shell, stands for the full disk: the write fails half-way.
    const program = join(dir, "save.mjs");
    await build({
      stdin: {
        contents: `
          import { Graph, Value } from "./src/ir/index.js";
          import { saveModel } from "./src/onnx/index.js";
          const w = Value.constant("w", { dtype: "float32", dims: [1e6], data: new Float32Array(1e6) });
          const graph = new Graph({ name: "g", inputs: [], outputs: [w], initializers: [w], nodes: [] });
          const externalData = process.argv[3] ? {} : undefined;
          await saveModel(process.argv[2], { graph, opsets: { "": 17 }, irVersion: 8, metadata: {} }, { externalData })
            .catch((error) => { console.log(String(error)); process.exitCode = 1; });`,
        resolveDir: join(import.meta.dirname, "../.."),
        loader: "ts",
      },
      bundle: true,
      platform: "node",
      format: "esm",
      outfile: program,
      logLevel: "error",
    });
    await saveModel(file, model(10));
    const before = readFileSync(file);
    for (const external of ["", "external"]) {
      // 1024 blocks of 1024 bytes for a model of 4 MB; node ignores the signal and sees EFBIG.
      const { stdout, status } = spawnSync(
        "bash",
        ["-c", `ulimit -f 1024; exec "$0" "$@"`, process.execPath, program, file, external],
        { encoding: "utf8" },
      );
      expect(stdout).toMatch(/disk_full at .*m\.onnx.*Free some space/);
      expect(status).toBe(1);
      expect(readdirSync(dir).sort()).toEqual(["m.onnx", "save.mjs"]);
      expect(readFileSync(file)).toEqual(before);
    }
    const unlimited = execFileSync(process.execPath, [program, file], { encoding: "utf8" });
    expect(unlimited).toBe("");
    expect((await loadModel(file)).graph.initializers[0]?.dims).toEqual([1e6]);
  });
});
