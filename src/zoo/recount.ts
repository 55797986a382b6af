import { dim } from "../base/index.js";
import { countParams, type Network } from "../nn/index.js";
import { argOf, opOf, readAttributes } from "../ops/index.js";
import { buildModel, type Problem } from "../train/index.js";
import { type Architecture, architectureBody, type Fact } from "./define.js";

/** A problem of a given input shape, [channels, height, width], [steps, channels] or [features], with classes 1, 2, …. */
export function problemOfShape(input: readonly number[], outputs: number): Problem {
  const classes = Array.from({ length: outputs }, (_, i) => String(i + 1));
  const task = { kind: "classification", classes } as const;
  const [channels = 1, height, width] = input;
  if (height === undefined || width === undefined) {
    // One mean a feature; series share one.
    const places = height === undefined ? channels : 1;
    const [mean, std] = [new Array<number>(places).fill(0), new Array<number>(places).fill(1)];
    return {
      inputs: [{ name: "x", dtype: "float32", shape: input }],
      preprocessing: { kind: "plain", mean, std },
      task,
    };
  }
  return {
    inputs: [{ name: "image", dtype: "uint8", shape: input }],
    preprocessing: {
      kind: "image",
      channels,
      height,
      width,
      mean: new Array<number>(channels).fill(127.5),
      std: new Array<number>(channels).fill(64),
      flip: false,
      orientation: "NCHW",
    },
    task,
  };
}

/** Operators that are products: what published multiply-adds count. */
const PRODUCTS = new Set(["Conv", "ConvTranspose", "Gemm", "MatMul", "Einsum"]);

/**
 * Count an architecture anew, in its training form, for comparison with its facts: trainable numbers, and MACs of all
 * products for one example.
 */
export function recount(
  architecture: Architecture,
  fact: Fact,
): { readonly params: number; readonly macs: number } {
  const network = buildModel(
    architecture.name,
    problemOfShape(fact.input, fact.outputs),
    architectureBody(architecture, fact.settings),
    { training: true, batch: 1 },
  );
  return { params: countParams(network), macs: productMacs(network) };
}

function productMacs(network: Network): number {
  let macs = 0;
  for (const node of network.graph.nodes) {
    if (!PRODUCTS.has(node.opType)) continue;
    const definition = opOf(node.opType);
    const args = (values: typeof node.inputs) => values.map((v) => (v === undefined ? undefined : argOf(v)));
    const cost = definition.cost(
      args(node.inputs),
      args(node.outputs),
      readAttributes(definition.attributes, node.attributes),
    );
    macs += Number(dim.substitute(cost.macs ?? 0, {}));
  }
  return macs;
}
