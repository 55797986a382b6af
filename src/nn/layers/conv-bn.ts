import type { Value } from "../../ir/index.js";
import { type ActivationName, activation } from "../activations.js";
import { type Definition, sample } from "../define.js";
import type { NetworkBuilder } from "../network.js";
import { type BatchNormOptions, batchNorm } from "./batch-norm.js";
import { type ConvOptions, conv2d } from "./conv.js";

export interface ConvBnOptions extends ConvOptions {
  readonly activation?: ActivationName;
  readonly norm?: BatchNormOptions;
}

/** Convolution, batch normalisation and, where one is named, an activation. */
export function convBn(g: NetworkBuilder, x: Value, out: number, options: ConvBnOptions): Value {
  const y = batchNorm(g, conv2d(g, x, out, options), options.norm);
  return options.activation === undefined ? y : activation(g, y, options.activation);
}

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "convBn",
    group: "Blocks",
    doc: "Convolution, batch normalisation and an activation.",
    samples: [
      sample({ x: ["N", 3, 4, 4] }, ["N", 5, 2, 2], (g, { x }) =>
        convBn(g, x, 5, { kernel: 3, stride: 2, activation: "silu" }),
      ),
    ],
  },
];
