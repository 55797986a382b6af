import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { fail } from "../base/index.js";
import { corrupt } from "./problems.js";

/**
 * A walk over the bytes of a protobuf message before anything is decoded. The decoder proper trusts wire
 * types and lengths; this walk proves them, so that damage is reported with its place and nothing is
 * allocated for sizes that the bytes do not hold.
 */

/** Nesting that other readers of ONNX accept (the default limit of Google's parser). */
export const MAX_DEPTH = 100;

/** Memory that decoded structure (not raw tensor bytes) may take, by the estimates below. */
const MAX_DECODED_BYTES = 2 ** 30;
const COST = { message: 300, bytes: 160, string: 48, bigint: 40, number: 12 } as const;

enum Wire {
  varint = 0,
  bit64 = 1,
  delimited = 2,
  bit32 = 5,
}

interface Field {
  readonly name: string;
  readonly wire: Wire;
  readonly repeated: boolean;
  readonly cost: number;
  readonly child: DescMessage | undefined;
}

const tables = new WeakMap<DescMessage, Map<number, Field>>();

function tableOf(desc: DescMessage): Map<number, Field> {
  let table = tables.get(desc);
  if (table === undefined) {
    table = new Map(desc.fields.map((field) => [field.number, fieldOf(field)]));
    tables.set(desc, table);
  }
  return table;
}

function fieldOf(field: DescField): Field {
  const common = { name: field.name, repeated: field.fieldKind === "list" };
  if (field.message !== undefined) {
    return { ...common, wire: Wire.delimited, cost: COST.message, child: field.message };
  }
  switch (field.scalar) {
    case ScalarType.STRING:
      return { ...common, wire: Wire.delimited, cost: COST.string, child: undefined };
    case ScalarType.BYTES:
      return { ...common, wire: Wire.delimited, cost: COST.bytes, child: undefined };
    case ScalarType.FLOAT:
      return { ...common, wire: Wire.bit32, cost: COST.number, child: undefined };
    case ScalarType.DOUBLE:
      return { ...common, wire: Wire.bit64, cost: COST.number, child: undefined };
    case ScalarType.INT64:
    case ScalarType.UINT64:
      return { ...common, wire: Wire.varint, cost: COST.bigint, child: undefined };
    default:
      return { ...common, wire: Wire.varint, cost: COST.number, child: undefined };
  }
}

/** Fails with `onnx_corrupt` (path and byte offset) or `onnx_too_large` unless the bytes are well formed. */
export function checkWire(desc: DescMessage, bytes: Uint8Array): void {
  new Walk(bytes).message(desc, bytes.length);
}

class Walk {
  private pos = 0;
  private spent = 0;
  private readonly trail: string[] = [];

  constructor(private readonly bytes: Uint8Array) {}

  message(desc: DescMessage, end: number): void {
    if (this.trail.length > MAX_DEPTH) {
      this.damaged(`messages nested deeper than ${MAX_DEPTH}`);
    }
    const table = tableOf(desc);
    let counts: Map<number, number> | undefined;
    while (this.pos < end) {
      const tag = this.varint(end);
      const number = Math.floor(tag / 8);
      const wire = tag % 8;
      if (number < 1 || tag > 0xffffffff) this.damaged(`field number ${number}`);
      const field = table.get(number);
      if (field === undefined) {
        this.spend(COST.bytes);
        this.skip(wire, end);
        continue;
      }
      this.spend(field.cost);
      if (wire !== field.wire && !(field.repeated && wire === Wire.delimited)) {
        this.damaged(`wire type ${wire} for field ${field.name}`);
      }
      if (wire !== Wire.delimited) this.skip(wire, end);
      else {
        const length = this.varint(end);
        if (length > end - this.pos) {
          this.damaged(
            `a length of ${length} bytes for ${field.name} where ${Math.max(0, end - this.pos)} remain`,
          );
        }
        const stop = this.pos + length;
        if (field.child !== undefined) {
          counts ??= new Map();
          const count = counts.get(number) ?? 0;
          counts.set(number, count + 1);
          this.trail.push(field.repeated ? `${field.name}[${count}]` : field.name);
          this.message(field.child, stop);
          this.trail.pop();
        } else if (field.wire !== Wire.delimited) this.packed(field, stop);
        this.pos = stop;
      }
    }
  }

  /** Elements of a packed list up to `stop`: whole ones only. */
  private packed(field: Field, stop: number): void {
    if (field.wire !== Wire.varint) {
      const size = field.wire === Wire.bit32 ? 4 : 8;
      if ((stop - this.pos) % size !== 0) this.damaged(`${field.name} that ends within an element`);
      this.spend(((stop - this.pos) / size) * field.cost);
      return;
    }
    let count = 0;
    let run = 0;
    for (let i = this.pos; i < stop; i++) {
      run++;
      if ((this.bytes[i] ?? 0) < 0x80) {
        count++;
        run = 0;
      } else if (run >= 10) this.damaged(`an integer of more than ten bytes in ${field.name}`);
    }
    if (run > 0) this.damaged(`${field.name} that ends within an element`);
    this.spend(count * field.cost);
  }

  private varint(end: number): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      if (this.pos >= end) this.damaged("an end in the middle of a number");
      const byte = this.bytes[this.pos++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    return this.damaged("a number of more than ten bytes");
  }

  private skip(wire: number, end: number): void {
    let size: number;
    if (wire === Wire.varint) {
      this.varint(end);
      return;
    }
    if (wire === Wire.bit64) size = 8;
    else if (wire === Wire.bit32) size = 4;
    else if (wire === Wire.delimited) size = this.varint(end);
    else size = this.damaged(`wire type ${wire}, which ONNX files do not use`);
    if (size > end - this.pos) {
      this.damaged(`a length of ${size} bytes where ${Math.max(0, end - this.pos)} remain`);
    }
    this.pos += size;
  }

  private spend(cost: number): void {
    this.spent += cost;
    if (this.spent <= MAX_DECODED_BYTES) return;
    fail("onnx_too_large", {
      path: this.where(),
      expected: "structure that fits in 1 GiB of memory",
      received: "more small parts than that",
      hint: "store large tensors as raw_data or external data",
    });
  }

  private where(): string {
    return this.trail.length > 0 ? this.trail.join(".") : "model";
  }

  private damaged(received: string): never {
    return corrupt(`${this.where()} (byte ${this.pos})`, received);
  }
}
