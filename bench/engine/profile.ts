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

/** Time of each kind of operator in a training step, by ONNX Runtime's profiler, the longest first. */
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
  // The quickest of all steps for each node: other programs only ever add time.
  const nodes = new Map<string, { readonly key: string; us: number }>();
  for (const event of events) {
    if (event.cat !== "Node" || !event.name.endsWith("_kernel_time")) continue;
    if (["Loop", "Scan", "If"].includes(event.args?.op_name ?? "")) continue;
    const node = nodes.get(event.name);
    if (node === undefined) nodes.set(event.name, { key: by(event), us: event.dur });
    else node.us = Math.min(node.us, event.dur);
  }
  const kinds = new Map<string, KindTime>();
  for (const { key, us } of nodes.values()) {
    const { count = 0, ms = 0 } = kinds.get(key) ?? {};
    kinds.set(key, { operator: key, count: count + 1, ms: ms + us / 1000 });
  }
  return [...kinds.values()].sort((a, b) => b.ms - a.ms);
}

/** Kinds of operators apart by the shapes of what they read. */
export function withShapes(event: ProfileEvent): string {
  const shapes = event.args?.input_type_shape ?? [];
  return `${event.args?.op_name} ${shapes.flatMap((s) => Object.values(s).map((dims) => dims.join("×"))).join(", ")}`;
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
