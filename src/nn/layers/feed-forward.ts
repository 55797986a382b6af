import type { Value } from "../../ir/index.js";
import { type ActivationName, activation } from "../activations.js";
import { type Definition, sample } from "../define.js";
import { type Initializer, init } from "../initializers.js";
import { fixedDim, type NetworkBuilder } from "../network.js";
import { dropout } from "./dropout.js";
import { gatedLinearUnit } from "./gated.js";
import { linear } from "./linear.js";

export interface FeedForwardOptions {
  /** Width of the inner layer. Default: four times the input. */
  readonly hidden?: number;
  /** Width of the output. Default: that of the input. */
  readonly out?: number;
  /** Default "gelu". */
  readonly activation?: ActivationName;
  /** A gated unit: act(x W) · (x V). "sigmoid" makes GLU, "gelu" GEGLU, "silu" SwiGLU (Shazeer 2020). */
  readonly gated?: boolean;
  readonly bias?: boolean;
  readonly dropout?: number;
  readonly init?: Initializer;
}

/** Two linear layers with an activation between them, over the last axis (Vaswani et al. 2017, section 3.3). */
export function feedForward(g: NetworkBuilder, x: Value, options: FeedForwardOptions = {}): Value {
  const width = fixedDim(x, -1);
  const { hidden = 4 * width, out = width, activation: name = "gelu", gated = false, bias = true } = options;
  const rate = options.dropout ?? 0;
  const first = options.init ?? init.lecunNormal;
  const inner = g.scope("inner", () => linear(g, x, gated ? 2 * hidden : hidden, { bias, init: first }));
  const h = gated ? gatedLinearUnit(g, inner, { activation: name }) : activation(g, inner, name);
  const y = g.scope("outer", () => linear(g, dropout(g, h, rate), out, { bias, init: first }));
  return dropout(g, y, rate);
}

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "feedForward",
    group: "Transformers",
    doc: "Two linear layers with an activation or a gated unit (GLU, GEGLU, SwiGLU) between them.",
    formula: "y = act(x W₁ + b₁) W₂ + b₂; gated: y = (x V · act(x W)) W₂",
    source: "Vaswani et al. 2017, arXiv:1706.03762; Shazeer 2020, arXiv:2002.05202",
    samples: [
      sample({ x: ["N", 3, 4] }, ["N", 3, 4], (g, { x }) => feedForward(g, x, { hidden: 6, dropout: 0.3 })),
      sample({ x: ["N", 3, 4] }, ["N", 3, 2], (g, { x }) =>
        feedForward(g, x, { hidden: 5, out: 2, gated: true, activation: "silu", bias: false }),
      ),
    ],
  },
];
