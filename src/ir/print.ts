import { dim } from "../base/index.js";
import type { Attribute, Graph, Value } from "./graph.js";
import { numbersOf, sizeOf } from "./tensor.js";
import type { ValueType } from "./types.js";

/** A graph as readable text, a line a node: `y: float32[N, 10] = Gemm(x, w, b) {transB=1}`. */
export function printGraph(graph: Graph, indent = ""): string {
  const lines = [`${indent}graph ${graph.name} (${graph.inputs.map(typed).join(", ")})`];
  for (const value of graph.initializers) lines.push(`${indent}  ${typed(value)} = ${contents(value)}`);
  for (const node of graph.nodes) {
    const outputs = node.outputs.map((v) => (v === undefined ? "_" : typed(v))).join(", ");
    const inputs = node.inputs.map((v) => v?.name ?? "_").join(", ");
    const plain = Object.entries(node.attributes).filter(
      ([, a]) => a.type !== "graph" && a.type !== "graphs",
    );
    const attributes =
      plain.length > 0 ? ` {${plain.map(([name, a]) => `${name}=${printAttribute(a)}`).join(", ")}}` : "";
    const domain = node.domain === "" ? "" : `${node.domain}::`;
    lines.push(`${indent}  ${outputs} = ${domain}${node.opType}(${inputs})${attributes}`);
    for (const [name, a] of Object.entries(node.attributes)) {
      const graphs = a.type === "graph" ? [a.value] : a.type === "graphs" ? a.value : [];
      for (const sub of graphs) lines.push(`${indent}    ${name}:`, printGraph(sub, `${indent}      `));
    }
  }
  lines.push(`${indent}  return ${graph.outputs.map((v) => v.name).join(", ")}`);
  return lines.join("\n");
}

export function printType(type: ValueType | undefined): string {
  if (type === undefined) return "?";
  switch (type.kind) {
    case "tensor":
    case "sparse":
      return `${type.kind === "sparse" ? "sparse " : ""}${type.dtype}${type.shape ? dim.format(type.shape) : "[...]"}`;
    case "map":
      return `map<${type.key}, ${printType(type.value)}>`;
    default:
      return `${type.kind}<${printType(type.element)}>`;
  }
}

function typed(value: Value): string {
  return `${value.name}: ${printType(value.type)}`;
}

function contents(value: Value): string {
  if (value.data === undefined) return "?";
  if (value.data.dtype === "string" || sizeOf(value.data.dims) > 8) return "...";
  const { data } = value.data;
  return data instanceof Uint8Array && value.data.dtype !== "uint8" && value.data.dtype !== "bool"
    ? "..."
    : `{${numbersOf(value.data).join(", ")}}`;
}

function printAttribute(a: Attribute): string {
  switch (a.type) {
    case "int":
    case "float":
      return String(a.value);
    case "string":
      return JSON.stringify(a.value);
    case "ints":
    case "floats":
      return `[${a.value.join(", ")}]`;
    case "strings":
      return JSON.stringify(a.value);
    case "tensor":
      return `tensor ${a.value.dtype}[${a.value.dims.join(", ")}]`;
    default:
      return a.type;
  }
}
