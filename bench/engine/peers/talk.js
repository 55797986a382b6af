/** What the JavaScript peers share: reading a case, and the conversation with the benchmark. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { CANNOT, NETWORKS } from "./networks.js";

const ARRAYS = { float32: Float32Array, int32: Int32Array, int64: BigInt64Array };

function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** The case in `folder`: arrays with their dims, parameters cut to pieces. */
function readCase(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, "case.json"), "utf8"));
  const load = ({ dtype, dims, file }) => {
    const bytes = readFileSync(join(folder, file));
    return {
      dtype,
      dims,
      data: new ARRAYS[dtype](bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)),
    };
  };
  const flat = load(manifest.weights).data;
  let at = 0;
  const params = manifest.params.map(({ shape }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    at += size;
    return { dims: shape, data: flat.slice(at - size, at) };
  });
  return {
    ...manifest,
    inputs: manifest.inputs.map(load),
    extras: Object.fromEntries(manifest.extras.map((entry) => [entry.name, load(entry)])),
    labels: load(manifest.labels).data,
    order: load(manifest.order).data,
    params,
  };
}

/** The examples at some rows; integers as int32. */
function gather({ dtype, dims, data }, rows) {
  const size = dims.slice(1).reduce((a, b) => a * b, 1);
  const out = dtype === "int64" ? new Int32Array(rows.length * size) : new Float32Array(rows.length * size);
  rows.forEach((row, i) => {
    if (dtype === "int64") for (let k = 0; k < size; k++) out[i * size + k] = Number(data[row * size + k]);
    else out.set(data.subarray(row * size, (row + 1) * size), i * size);
  });
  return { dtype: dtype === "int64" ? "int32" : dtype, dims: [rows.length, ...dims.slice(1)], data: out };
}

/**
 * Answer the benchmark. `start(library, it, network)` gives `{ version, step(inputs, labels) }` for a library's name;
 * a step trains once and resolves to its loss.
 */
export async function converse(start) {
  const [folder, name, workload] = process.argv.slice(2);
  const reason = CANNOT[workload]?.[name];
  if (reason !== undefined) return say({ absent: reason });
  let trainer;
  const it = readCase(folder);
  try {
    trainer = await start(name, it, NETWORKS[workload]);
  } catch (error) {
    const missing = error.code === "ERR_MODULE_NOT_FOUND";
    return say({
      absent: missing ? "not installed: npm install --prefix bench/engine/peers" : error.message,
    });
  }
  say({ ready: trainer.version });
  let at = 0;
  const perStep = it.batch;
  for await (const line of createInterface({ input: process.stdin })) {
    const { steps } = JSON.parse(line);
    const losses = [];
    try {
      const began = performance.now();
      const before = process.cpuUsage();
      for (let i = 0; i < steps; i++) {
        const rows = [...it.order.subarray((at % it.steps) * perStep, ((at % it.steps) + 1) * perStep)];
        at++;
        const labels = Int32Array.from(rows, (row) => it.labels[row]);
        losses.push(
          await trainer.step(
            it.inputs.map((input) => gather(input, rows)),
            labels,
          ),
        );
      }
      const seconds = (performance.now() - began) / 1000;
      const { user, system } = process.cpuUsage(before);
      say({ losses, seconds, busySeconds: (user + system) / 1e6 });
    } catch (error) {
      say({ error: error.message.split("\n")[0] });
      return;
    }
  }
}
