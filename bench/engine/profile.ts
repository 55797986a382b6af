import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ort from "onnxruntime-node";
import { encodeModel } from "../../src/onnx/index.js";
import type { Case } from "./case.js";
import { feedsOf, programOf, startOf } from "./ours.js";

export interface KindTime {
  readonly operator: string;
  readonly count: number;
  readonly ms: number;
}

/** Time of each kind of operator in one training step, by ONNX Runtime's profiler, the longest first. */
export async function profileStep(
  it: Case,
  threads: number,
  steps: number,
  by: (event: ProfileEvent) => string = (event) => event.args?.op_name ?? "?",
): Promise<KindTime[]> {
  const prefix = join(tmpdir(), `morph-profile-${process.pid}`);
  const session = await ort.InferenceSession.create(encodeModel(await programOf(it)), {
    intraOpNumThreads: threads,
    executionMode: "sequential",
    logSeverityLevel: 3,
    enableProfiling: true,
    profileFilePrefix: prefix,
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  });
  const feeds: Record<string, ort.Tensor> = {};
  for (const [name, t] of Object.entries(feedsOf(it, startOf(it), 0, steps))) {
    if (session.inputNames.includes(name))
      feeds[name] = new ort.Tensor(t.dtype as "float32", t.data as Float32Array, t.dims);
  }
  await session.run(feeds);
  session.endProfiling();
  await session.release();
  const { readdir } = await import("node:fs/promises");
  const file = (await readdir(tmpdir())).find((f) => f.startsWith(`morph-profile-${process.pid}`));
  if (file === undefined) throw new Error("ONNX Runtime wrote no profile");
  const events: ProfileEvent[] = JSON.parse(await readFile(join(tmpdir(), file), "utf8"));
  await rm(join(tmpdir(), file));
  const kinds = new Map<string, { count: number; us: number }>();
  for (const event of events) {
    if (event.cat !== "Node" || !event.name.endsWith("_kernel_time")) continue;
    if (["Loop", "Scan", "If"].includes(event.args?.op_name ?? "")) continue;
    const key = by(event);
    const kind = kinds.get(key) ?? { count: 0, us: 0 };
    kind.count++;
    kind.us += event.dur;
    kinds.set(key, kind);
  }
  return [...kinds]
    .map(([operator, { count, us }]) => ({ operator, count: count / steps, ms: us / 1000 / steps }))
    .sort((a, b) => b.ms - a.ms);
}

export interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args?: {
    readonly op_name?: string;
    readonly input_type_shape?: readonly Record<string, readonly number[]>[];
    readonly output_type_shape?: readonly Record<string, readonly number[]>[];
  };
}
