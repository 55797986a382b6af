import type { Shape } from "../base/index.js";
import type { Node, Value } from "../ir/index.js";

/** What a node is, in words that a person uses. */
export interface NodeLabel {
  readonly title: string;
  /** Sizes: kernel, channels, stride. */
  readonly detail: string;
  readonly kind: Kind;
}
/** Families of operators that are drawn alike. */
export type Kind = "conv" | "linear" | "pool" | "norm" | "activation" | "join" | "shape" | "other";

const ACTIVATIONS: Readonly<Record<string, string>> = {
  Relu: "ReLU",
  LeakyRelu: "leaky ReLU",
  PRelu: "PReLU",
  Elu: "ELU",
  Selu: "SELU",
  Celu: "CELU",
  Gelu: "GELU",
  Sigmoid: "sigmoid",
  HardSigmoid: "hard sigmoid",
  HardSwish: "hard swish",
  Swish: "SiLU",
  Tanh: "tanh",
  Softplus: "softplus",
  Softsign: "softsign",
  Mish: "Mish",
};
const NORMS: Readonly<Record<string, string>> = {
  BatchNormalization: "batch norm",
  LayerNormalization: "layer norm",
  InstanceNormalization: "instance norm",
  GroupNormalization: "group norm",
  RMSNormalization: "RMS norm",
  LpNormalization: "Lp norm",
  LRN: "local response norm",
};
const JOINS: Readonly<Record<string, string>> = {
  Add: "add",
  Sum: "sum",
  Mul: "multiply",
  Sub: "subtract",
  Div: "divide",
  Concat: "concatenate",
};
const SHAPES = new Set(
  "Reshape Flatten Transpose Squeeze Unsqueeze Cast Shape Slice Gather Expand Pad Split Tile Identity".split(
    " ",
  ),
);

export function activationName(node: Node): string | undefined {
  if (node.domain !== "") return undefined;
  if (node.opType === "Clip") {
    const [low, high] = [scalarOf(node.inputs[1]), scalarOf(node.inputs[2])];
    return low === 0 && high === 6 ? "ReLU6" : "clip";
  }
  return ACTIVATIONS[node.opType];
}

export function normName(node: Node): string | undefined {
  return node.domain === "" ? NORMS[node.opType] : undefined;
}

export function labelOf(node: Node): NodeLabel {
  const type = node.opType;
  if (node.domain !== "") return { title: type, detail: node.domain, kind: "other" };
  const activation = activationName(node);
  if (activation !== undefined) return { title: capital(activation), detail: "", kind: "activation" };
  const norm = normName(node);
  if (norm !== undefined) return { title: capital(norm), detail: "", kind: "norm" };
  switch (type) {
    case "Conv":
    case "ConvTranspose":
      return convolution(node);
    case "Gemm":
    case "MatMul":
      return product(node);
    case "MaxPool":
    case "AveragePool":
    case "LpPool":
      return {
        title: { MaxPool: "Max pool", AveragePool: "Average pool", LpPool: "Lp pool" }[type],
        detail: window(node),
        kind: "pool",
      };
    case "GlobalAveragePool":
      return { title: "Global average pool", detail: "", kind: "pool" };
    case "GlobalMaxPool":
      return { title: "Global max pool", detail: "", kind: "pool" };
    case "ReduceMean":
      return { title: "Mean", detail: axes(node), kind: "pool" };
    case "Softmax":
    case "LogSoftmax":
      return { title: type === "Softmax" ? "Softmax" : "Log-softmax", detail: "", kind: "activation" };
  }
  const join = JOINS[type];
  if (join !== undefined) return { title: capital(join), detail: constantOperand(node), kind: "join" };
  if (SHAPES.has(type)) {
    const to = node.outputs[0];
    return { title: type, detail: type === "Cast" && to ? `to ${dtypeOf(to)}` : "", kind: "shape" };
  }
  return { title: type, detail: "", kind: "other" };
}

function convolution(node: Node): NodeLabel {
  const weight = dimsOf(node.inputs[1]);
  const group = int(node, "group") ?? 1;
  const transposed = node.opType === "ConvTranspose";
  const spatial = ints(node, "kernel_shape") ?? weight?.slice(2) ?? [];
  const [first, second] = weight ?? [];
  const from = transposed ? first : typeof second === "number" ? second * group : second;
  const to = transposed ? (typeof second === "number" ? second * group : second) : first;
  const depthwise = group > 1 && group === from;
  const kernel = spatial.length > 0 ? ` ${spatial.join("×")}` : "";
  const parts = [
    from === undefined || to === undefined
      ? ""
      : depthwise && from === to
        ? `${to} channels`
        : `${from} → ${to}`,
    strideText(node),
    dilationText(node),
    group > 1 && !depthwise ? `${group} groups` : "",
  ];
  const title = depthwise ? "Depthwise" : transposed ? "Transposed conv" : "Conv";
  return { title: `${title}${kernel}`, detail: parts.filter(Boolean).join(" · "), kind: "conv" };
}

function product(node: Node): NodeLabel {
  const weight = dimsOf(node.inputs[1]);
  if (node.inputs[1]?.data === undefined || weight === undefined || weight.length !== 2) {
    return { title: "Matrix product", detail: "", kind: "linear" };
  }
  const turned = node.opType === "Gemm" && int(node, "transB") === 1;
  const [rows, columns] = turned ? [weight[1], weight[0]] : weight;
  return { title: "Linear", detail: `${rows} → ${columns}`, kind: "linear" };
}

function window(node: Node): string {
  return [ints(node, "kernel_shape")?.join("×") ?? "", strideText(node)].filter(Boolean).join(" · ");
}

function strideText(node: Node): string {
  const strides = ints(node, "strides") ?? [];
  if (strides.every((s) => s === 1)) return "";
  return `stride ${strides.every((s) => s === strides[0]) ? strides[0] : strides.join("×")}`;
}

function dilationText(node: Node): string {
  const dilations = ints(node, "dilations") ?? [];
  return dilations.some((d) => d !== 1) ? `dilation ${dilations[0]}` : "";
}

function axes(node: Node): string {
  const list = ints(node, "axes");
  return list === undefined ? "" : `axes ${list.join(", ")}`;
}

/** `÷ 255`: elementwise operators with a scalar constant say which. */
function constantOperand(node: Node): string {
  const value = scalarOf(node.inputs[1]) ?? scalarOf(node.inputs[0]);
  return value === undefined ? "" : `by constant ${Number(value.toPrecision(6))}`;
}

/** Largest dimension text that is drawn; symbols of imported models may be long. */
const LONGEST_DIM = 10;

/** `32×14×14`; a leading batch dimension that is a symbol is left out. */
export function shapeText(value: Value | undefined): string {
  if (value?.type?.kind !== "tensor" || value.type.shape === undefined) return "";
  const shape: Shape = value.type.shape;
  const [batch, ...rest] = shape;
  const shown = typeof batch === "string" && rest.length > 0 ? rest : shape;
  return shown.map((d) => (String(d).length > LONGEST_DIM ? "?" : String(d))).join("×");
}

function dtypeOf(value: Value): string {
  return value.type?.kind === "tensor" ? value.type.dtype : "?";
}

function dimsOf(value: Value | undefined): readonly (number | string)[] | undefined {
  return value?.type?.kind === "tensor" ? value.type.shape : undefined;
}

function scalarOf(value: Value | undefined): number | undefined {
  const data = value?.data;
  if (data === undefined || data.data.length !== 1 || data.dtype === "float16" || data.dtype === "bfloat16")
    return undefined;
  const number = Number(data.data[0]);
  return Number.isFinite(number) ? number : undefined;
}

function int(node: Node, name: string): number | undefined {
  const a = node.attributes[name];
  return a?.type === "int" ? Number(a.value) : undefined;
}

function ints(node: Node, name: string): number[] | undefined {
  const a = node.attributes[name];
  return a?.type === "ints" ? a.value.map(Number) : undefined;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
