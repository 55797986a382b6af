import type { Json } from "../base/index.js";
import { type Graph, type Model, printType, type Value } from "../ir/index.js";
import type { SearchDocument } from "../study/index.js";
import { escapeHtml, shorten } from "./escape.js";

/** How to run the exported file: a few lines each for Node and Python, with its own names and shapes. */
export function usage(d: SearchDocument, graph: Graph, model: Model | undefined, card: Json): string {
  const file = d.best?.onnx.split(/[\\/]/).at(-1) ?? "best.onnx";
  const inputs = graph.inputs.filter((v) => !graph.initializers.includes(v)).slice(0, 8);
  const outputs = graph.outputs.slice(0, 8);
  const rows = [
    ...inputs.map((v) => ["Input", v] as const),
    ...outputs.map((v) => ["Output", v] as const),
  ].map(
    ([role, v]) =>
      `<tr><td>${role}</td><th scope="row"><code>${escapeHtml(shorten(v.name, 80))}</code></th><td><code>${escapeHtml(shorten(printType(v.type), 80))}</code></td></tr>`,
  );
  const notes = preprocessingNotes(model, card);
  return [
    `<table class="plain"><thead><tr><th scope="col">Role</th><th scope="col">Name</th><th scope="col">Type and shape</th></tr></thead><tbody>${rows.join("")}</tbody></table>`,
    notes.length === 0 ? "" : `<p>${notes.map((n) => escapeHtml(shorten(n, 600))).join("<br>")}</p>`,
    `<div class="codes"><figure><figcaption>Node: <code>npm install onnxruntime-node</code></figcaption><pre tabindex="0">${escapeHtml(nodeCode(file, inputs, outputs))}</pre></figure>`,
    `<figure><figcaption>Python: <code>pip install onnxruntime numpy</code></figcaption><pre tabindex="0">${escapeHtml(pythonCode(file, inputs, outputs))}</pre></figure></div>`,
  ].join("");
}

function nodeCode(file: string, inputs: readonly Value[], outputs: readonly Value[]): string {
  const feeds = inputs.map((v) => {
    const { dtype, dims } = example(v);
    return `  ${JSON.stringify(v.name)}: new ort.Tensor(${JSON.stringify(dtype)}, new ${arrayOf(dtype)}(${product(dims)}), [${dims.join(", ")}]),`;
  });
  return [
    `import * as ort from "onnxruntime-node";`,
    ``,
    `const session = await ort.InferenceSession.create(${JSON.stringify(file)});`,
    `const result = await session.run({`,
    ...feeds,
    `});`,
    `console.log(result[${JSON.stringify(outputs[0]?.name ?? "output")}].data);`,
  ].join("\n");
}

function pythonCode(file: string, inputs: readonly Value[], outputs: readonly Value[]): string {
  const feeds = inputs.map((v) => {
    const { dtype, dims } = example(v);
    const numpy = dtype === "bool" ? "bool_" : dtype === "string" ? "object_" : dtype;
    return `    ${JSON.stringify(v.name)}: np.zeros((${dims.join(", ")}${dims.length === 1 ? "," : ""}), dtype=np.${numpy}),`;
  });
  return [
    `import numpy as np`,
    `import onnxruntime as ort`,
    ``,
    `session = ort.InferenceSession(${JSON.stringify(file)})`,
    `[result] = session.run([${JSON.stringify(outputs[0]?.name ?? "output")}], {`,
    ...feeds,
    `})`,
    `print(result)`,
  ].join("\n");
}

/** A batch of one: symbols are one. */
function example(v: Value): { dtype: string; dims: number[] } {
  if (v.type?.kind !== "tensor") return { dtype: "float32", dims: [1] };
  return { dtype: v.type.dtype, dims: (v.type.shape ?? [1]).map((d) => (typeof d === "number" ? d : 1)) };
}

function arrayOf(dtype: string): string {
  const arrays: Readonly<Record<string, string>> = {
    float64: "Float64Array",
    int8: "Int8Array",
    int16: "Int16Array",
    int32: "Int32Array",
    int64: "BigInt64Array",
    uint8: "Uint8Array",
    uint16: "Uint16Array",
    uint32: "Uint32Array",
    uint64: "BigUint64Array",
    bool: "Uint8Array",
    float16: "Uint16Array",
    string: "Array",
  };
  return arrays[dtype] ?? "Float32Array";
}

function product(dims: readonly number[]): string {
  return dims.length === 0 ? "1" : dims.join(" * ");
}

/** What the file's metadata or the card say on preparing the input. */
function preprocessingNotes(model: Model | undefined, card: Json): string[] {
  const entries: [string, unknown][] = [
    ...Object.entries(model?.metadata ?? {}),
    ...(typeof card === "object" && card !== null && !Array.isArray(card) ? Object.entries(card) : []),
  ];
  const notes = entries
    .filter(([key]) => /pre-?process/i.test(key))
    .map(([, value]) => (typeof value === "string" ? value : JSON.stringify(value)));
  return [...new Set(notes)];
}
