import { rngOf } from "../base/index.js";
import { allocate, type Model, sizeOf, type Tensor, type Value } from "../ir/index.js";
import type { Runtime } from "../runtime/index.js";

export interface Latency {
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
  readonly threads: number;
  readonly runs: number;
}

export interface LatencyOptions {
  readonly threads?: number;
  /** Counted runs, after five that are not. */
  readonly runs?: number;
  /** Sizes of free axes; 1 where not given. */
  readonly bindings?: Readonly<Record<string, number>>;
  readonly signal?: AbortSignal;
}

/** Milliseconds of one run of a model on this machine, on random inputs at batch 1. */
export async function measureLatency(
  runtime: Runtime,
  model: Model,
  options: LatencyOptions = {},
): Promise<Latency> {
  const { threads = 1, runs = 30, bindings = {}, signal } = options;
  const weights = new Set(model.graph.initializers);
  const feeds = Object.fromEntries(
    model.graph.inputs.filter((v) => !weights.has(v)).map((v) => [v.name, randomInput(v, bindings)]),
  );
  await using session = await runtime.load(model, { threads });
  const times: number[] = [];
  for (let i = -5; i < runs; i++) {
    signal?.throwIfAborted();
    const began = performance.now();
    await session.run(feeds);
    if (i >= 0) times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0;
  return { median: at(0.5), p10: at(0.1), p90: at(0.9), threads, runs };
}

/** Random contents for an input: pixels for bytes, standard normal floats, zeros elsewhere (codes, lengths). */
function randomInput(value: Value, bindings: Readonly<Record<string, number>>): Tensor {
  const dims = value.shape.map((d) => (typeof d === "number" ? d : (bindings[d] ?? 1)));
  const data = allocate(value.dtype, sizeOf(dims));
  const rng = rngOf(1, "latency", value.name);
  if (data instanceof Float32Array || data instanceof Float64Array) {
    for (let i = 0; i < data.length; i++) data[i] = rng.normal();
  } else if (value.dtype === "uint8" && data instanceof Uint8Array) {
    for (let i = 0; i < data.length; i++) data[i] = rng.int(256);
  }
  return { dtype: value.dtype, dims, data };
}
