/** Models of the ONNX project with what they must give, where the folder of real data is there. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sizeOf, type Tensor, tensor, type Value } from "../ir/index.js";
import { decodeTensor } from "../onnx/index.js";

const data = process.env.MORPH_DATA ?? join(import.meta.dirname, "../../../shared/data");

export interface ModelCase {
  readonly name: string;
  readonly file: string;
  /** Files of the inputs, in order; none for the classic networks, whose input is a ramp. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Why the models are not there; undefined where they are. */
export function modelsMissing(archives: readonly string[]): string | undefined {
  const absent = archives.map((name) => join(data, "onnx", name)).find((file) => !existsSync(file));
  return absent === undefined ? undefined : `${absent} is not there`;
}

/** Unpack archives into a folder of their own; `dispose` removes it. */
export function unpackModels(archives: readonly string[]): { cases: ModelCase[]; dispose: () => void } {
  const dir = mkdtempSync(join(tmpdir(), "morph-models-"));
  for (const name of archives) execFileSync("tar", ["xzf", join(data, "onnx", name), "-C", dir]);
  return { cases: casesIn(dir), dispose: () => rmSync(dir, { recursive: true, force: true }) };
}

/** Models with the files of their inputs and expected outputs. */
function casesIn(folder: string): ModelCase[] {
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
              .sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
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

/** What a case feeds, by the names of the model's inputs. */
export function feedsOfCase(it: ModelCase, inputs: readonly Value[]): Record<string, Tensor> {
  return Object.fromEntries(
    inputs.flatMap((value, i): [string, Tensor][] => {
      const file = it.inputs[i];
      if (file !== undefined) return [[value.name, decodeTensor(readFileSync(file), file)]];
      return it.inputs.length === 0 && value.type?.kind === "tensor" ? [[value.name, ramp(value.dims)]] : [];
    }),
  );
}

/** What the case must give, in the order of the model's outputs. */
export function expectedOf(it: ModelCase): Tensor[] {
  return it.outputs.map((file) => decodeTensor(readFileSync(file), file));
}

/** The input with which ONNX made the expected outputs of its classic networks. */
function ramp(dims: readonly number[]): Tensor {
  const count = sizeOf(dims);
  return tensor(
    "float32",
    dims,
    Float32Array.from({ length: count }, (_, i) => i / count),
  );
}
