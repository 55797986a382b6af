/**
 * Examples as records: the bytes of all inputs of one example in a row, so that an example is one read.
 * The layout is the same in memory and on disk. Platforms that Node runs on are little-endian.
 */
import { fail } from "../base/index.js";
import type { Batch, ColumnArray, InputSpec, Split } from "./dataset.js";

const BYTES = { uint8: 1, float32: 4, int64: 8 } as const;

interface Field {
  readonly name: string;
  readonly dtype: InputSpec["dtype"];
  readonly offset: number;
  readonly bytes: number;
}

export interface RecordLayout {
  readonly fields: readonly Field[];
  readonly recordBytes: number;
}

export function layoutOf(inputs: readonly InputSpec[]): RecordLayout {
  let offset = 0;
  const fields = inputs.map(({ name, dtype, shape }) => {
    const bytes = shape.reduce((a, b) => a * b, 1) * BYTES[dtype];
    const field = { name, dtype, offset, bytes };
    offset += bytes;
    return field;
  });
  return { fields, recordBytes: offset };
}

/** Where records lie: an array in memory or a file. */
export interface RecordSource {
  readonly inMemory: boolean;
  /** The records at these positions, in this order, in a buffer of their own. */
  read(positions: Int32Array, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

export function memorySource(records: Uint8Array, recordBytes: number): RecordSource {
  return {
    inMemory: true,
    async read(positions, signal) {
      signal?.throwIfAborted();
      const out = new Uint8Array(positions.length * recordBytes);
      positions.forEach((p, i) => {
        out.set(records.subarray(p * recordBytes, (p + 1) * recordBytes), i * recordBytes);
      });
      return out;
    },
    close: async () => {},
  };
}

/** A split as a window on records. `positions` and `targets` belong together. */
export function splitOf(
  source: RecordSource,
  layout: RecordLayout,
  positions: Int32Array,
  targets: Int32Array | Float32Array,
  name: string,
): Split {
  return {
    length: positions.length,
    targets,
    async read(indices, signal): Promise<Batch> {
      const chosen = new Int32Array(indices.length);
      const target =
        targets instanceof Int32Array ? new Int32Array(indices.length) : new Float32Array(indices.length);
      for (let i = 0; i < indices.length; i++) {
        const index = indices[i] ?? -1;
        const position = positions[index];
        if (position === undefined) {
          fail("index_out_of_range", {
            path: `${name}[${index}]`,
            expected: `an index from 0 to ${positions.length - 1}`,
            received: String(index),
          });
        }
        chosen[i] = position;
        target[i] = targets[index] ?? 0;
      }
      const records = await source.read(chosen, signal);
      return { inputs: unpack(layout, records, indices.length), target, length: indices.length };
    },
  };
}

function unpack(
  layout: RecordLayout,
  records: Uint8Array<ArrayBuffer>,
  count: number,
): Record<string, ColumnArray> {
  const { fields, recordBytes } = layout;
  const inputs: Record<string, ColumnArray> = {};
  for (const field of fields) {
    if (fields.length === 1) {
      inputs[field.name] = viewAs(records, field.dtype);
      continue;
    }
    const bytes = new Uint8Array(count * field.bytes);
    for (let i = 0; i < count; i++) {
      const start = i * recordBytes + field.offset;
      bytes.set(records.subarray(start, start + field.bytes), i * field.bytes);
    }
    inputs[field.name] = viewAs(bytes, field.dtype);
  }
  return inputs;
}

function viewAs(bytes: Uint8Array<ArrayBuffer>, dtype: InputSpec["dtype"]): ColumnArray {
  const { buffer, byteOffset, byteLength } = bytes;
  if (dtype === "float32") return new Float32Array(buffer, byteOffset, byteLength / 4);
  if (dtype === "int64") return new BigInt64Array(buffer, byteOffset, byteLength / 8);
  return bytes;
}
