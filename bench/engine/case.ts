import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rngOf } from "../../src/base/index.js";
import { sizeOf, type Tensor } from "../../src/ir/index.js";
import { initialWeights, type Network } from "../../src/nn/index.js";
import { networkOf, type Workload } from "./workload.js";

/** Steps whose batches are laid down; longer runs begin again with the first. */
const ORDERED_STEPS = 64;

/** A workload with its data, first weights and order of batches: what all contestants start from. */
export interface Case {
  readonly workload: Workload;
  readonly network: Network;
  readonly weights: Float32Array;
  readonly states: Float32Array;
  readonly data: Readonly<Record<string, Tensor>>;
  readonly labels: Int32Array;
  /** Rows of each step, one after the other. */
  readonly order: Int32Array;
  readonly steps: number;
}

export function prepareCase(workload: Workload): Case {
  const network = networkOf(workload);
  const examples = workload.examples ?? (workload.wholeBatch ? workload.batch : 4 * workload.batch);
  const rng = rngOf(7, "engine", workload.name);
  const data: Record<string, Tensor> = {};
  for (const { name, dtype, shape, below = 2 } of workload.inputs) {
    const dims = [examples, ...shape];
    const length = sizeOf(dims);
    data[name] =
      dtype === "int64"
        ? { dtype, dims, data: BigInt64Array.from({ length }, () => BigInt(rng.int(below))) }
        : { dtype, dims, data: Float32Array.from({ length }, () => rng.normal()) };
  }
  const labels = Int32Array.from({ length: examples }, () => rng.int(workload.classes));
  const { batch } = workload;
  const rows = Array.from({ length: examples }, (_, i) => i);
  const order = new Int32Array(ORDERED_STEPS * batch);
  for (let step = 0; step < ORDERED_STEPS; step++) {
    order.set(workload.wholeBatch ? rows : rng.sample(rows, batch), step * batch);
  }
  const { params, states } = initialWeights(network, 3);
  return { workload, network, weights: params, states, data, labels, order, steps: ORDERED_STEPS };
}

/** Write a case where the other processes read it: raw little-endian arrays, and `case.json` that describes them. */
export async function writeCase(it: Case, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const save = async (name: string, dtype: string, dims: readonly number[], data: ArrayBufferView) => {
    const file = `${name}.bin`;
    await writeFile(join(folder, file), new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return { name, dtype, dims, file };
  };
  const inputs = [];
  for (const [name, t] of Object.entries(it.data)) {
    inputs.push(await save(name, t.dtype, t.dims, t.data as Float32Array | BigInt64Array));
  }
  const extras = [];
  for (const [name, t] of Object.entries(it.workload.extras?.() ?? {})) {
    extras.push(await save(name, "int64", t.dims, t.data));
  }
  const { workload } = it;
  const manifest = {
    workload: workload.name,
    batch: workload.batch,
    classes: workload.classes,
    optimizer: workload.optimizer,
    learningRate: workload.learningRate,
    steps: it.steps,
    inputs,
    extras,
    labels: await save("labels", "int32", [it.labels.length], it.labels),
    order: await save("order", "int32", [it.steps, workload.batch], it.order),
    weights: await save("weights", "float32", [it.weights.length], it.weights),
    params: it.network.params.map((p) => ({ name: p.name, shape: p.shape, decay: p.decay })),
  };
  await writeFile(join(folder, "case.json"), JSON.stringify(manifest));
}
