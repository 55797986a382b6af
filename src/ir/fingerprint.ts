import type { Attribute, Graph, Node, Value } from "./graph.js";
import type { Tensor } from "./tensor.js";

/**
 * A text that two graphs share when they are built alike: the same operators in the same order, with the same
 * attributes, constants, types and sizes. Names count for nothing, nor do the names of symbolic dimensions. Contents of
 * constants enter as 64-bit hashes.
 */
export function structureOf(graph: Graph): string {
  return new Structure().text(graph);
}

class Structure {
  private readonly values = new Map<Value, number>();
  private readonly symbols = new Map<string, number>();

  text(graph: Graph): string {
    const lines = [
      `in ${graph.inputs.map((v) => this.declare(v)).join(" ")}`,
      ...graph.initializers.map(
        (v) => `const ${this.declare(v)} ${v.data === undefined ? "" : contents(v.data)}`,
      ),
      ...graph.nodes.map((node) => this.node(node)),
      `out ${graph.outputs.map((v) => this.id(v)).join(" ")}`,
    ];
    return lines.join("\n");
  }

  private node(node: Node): string {
    const attributes = Object.entries(node.attributes)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, a]) => `${name}=${this.attribute(a)}`);
    const inputs = node.inputs.map((v) => (v === undefined ? "-" : this.id(v)));
    const outputs = node.outputs.map((v) => (v === undefined ? "-" : this.id(v)));
    return `${node.domain}:${node.opType} ${inputs.join(" ")} > ${outputs.join(" ")} {${attributes.join(";")}}`;
  }

  private attribute(a: Attribute): string {
    if (a.type === "graph") return `(${this.text(a.value)})`;
    if (a.type === "graphs") return a.value.map((graph) => `(${this.text(graph)})`).join();
    if (a.type === "tensor") return contents(a.value);
    if (a.type === "tensors") return a.value.map(contents).join();
    if (a.type === "bytes") return `${a.value}`;
    return JSON.stringify(a.value, (_, v: unknown) => (typeof v === "bigint" ? `${v}n` : v));
  }

  private declare(value: Value): string {
    const { type } = value;
    const shape =
      type?.kind !== "tensor"
        ? JSON.stringify(type)
        : `${type.dtype}[${type.shape?.map((d) => (typeof d === "number" ? d : this.symbol(String(d)))).join() ?? "?"}]`;
    return `${this.id(value)}:${shape}`;
  }

  private symbol(name: string): string {
    const known = this.symbols.get(name) ?? this.symbols.size;
    this.symbols.set(name, known);
    return `s${known}`;
  }

  private id(value: Value): number {
    const known = this.values.get(value) ?? this.values.size;
    this.values.set(value, known);
    return known;
  }
}

/** Type, sizes and hash of a tensor. */
function contents({ dtype, dims, data }: Tensor): string {
  const head = `${dtype}[${dims.join()}]`;
  if (!ArrayBuffer.isView(data)) return `${head}${JSON.stringify(data)}`;
  return `${head}${hashBytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))}`;
}

/** 64 bits of bytes: two lanes of multiply-and-rotate mixing over 32-bit words (constants of MurmurHash3). */
export function hashBytes(bytes: Uint8Array): string {
  const whole = bytes.length >> 2;
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, whole);
  let [a, b] = [0x243f6a88, 0x85a308d3];
  const mix = (word: number) => {
    const x = Math.imul(word, 0xcc9e2d51);
    const y = Math.imul(word, 0x85ebca6b);
    a = Math.imul((a ^ ((x << 15) | (x >>> 17))) | 0, 0x1b873593) + 0x6b64e654;
    a = (a << 13) | (a >>> 19);
    b = Math.imul((b + ((y << 16) | (y >>> 16))) | 0, 0xc2b2ae35) ^ a;
    b = (b << 11) | (b >>> 21);
  };
  for (let i = 0; i < whole; i++) mix(words[i] ?? 0);
  for (let i = 4 * whole; i < bytes.length; i++) mix((bytes[i] ?? 0) + 256);
  mix(bytes.length);
  mix(a ^ b);
  return [a, b].map((h) => (h >>> 0).toString(16).padStart(8, "0")).join("");
}
