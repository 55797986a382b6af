import { fail } from "../../base/index.js";
import { ONNX_DTYPE, type Value } from "../../ir/index.js";
import { type Definition, sample } from "../define.js";
import type { NetworkBuilder } from "../network.js";

/** Zero a share of the numbers while training, and scale the others up (Srivastava et al. 2014). */
export function dropout(g: NetworkBuilder, x: Value, rate: number): Value {
  return masked(g, x, rate, x.shape);
}

/** Zero whole channels of x [N, C, spatial...] while training (Tompson et al. 2015). */
export function spatialDropout(g: NetworkBuilder, x: Value, rate: number): Value {
  return masked(
    g,
    x,
    rate,
    x.shape.map((d, i) => (i < 2 ? d : 1)),
  );
}

/** Drop the whole branch of single examples while training (Huang et al. 2016, stochastic depth). */
export function dropPath(g: NetworkBuilder, x: Value, rate: number): Value {
  return masked(
    g,
    x,
    rate,
    x.shape.map((d, i) => (i === 0 ? d : 1)),
  );
}

/** Rates of stochastic depth that grow from 0 at the first block to `last` at the last one (section 3.2). */
export function dropPathRates(last: number, blocks: number): number[] {
  return Array.from({ length: blocks }, (_, i) => (blocks === 1 ? last : (last * i) / (blocks - 1)));
}

function masked(g: NetworkBuilder, x: Value, rate: number, shape: readonly (number | string)[]): Value {
  if (!(rate >= 0 && rate < 1)) {
    fail("dropout_rate", {
      path: g.path,
      expected: "a rate of at least 0 and less than 1",
      received: `${rate}`,
    });
  }
  if (!g.training || rate === 0) return x;
  const dims = shape.map((d) =>
    typeof d === "number"
      ? d
      : fail("shape_symbolic", {
          path: x.name,
          expected: "fixed lengths while training, where numbers are dropped",
          received: `dimension ${d}`,
        }),
  );
  const keep = g.Cast(g.GreaterOrEqual(g.random(dims), g.scalar(rate)), { to: ONNX_DTYPE.float32 });
  return g.Mul(x, g.Mul(keep, g.scalar(1 / (1 - rate))));
}

const group = "Regularisation";

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "dropout",
    group,
    doc: "While training, a share of the numbers becomes 0 and the others are scaled up; otherwise nothing.",
    formula: "y = x · [u ≥ p] / (1 − p)",
    source: "Srivastava et al. 2014",
    samples: [sample({ x: ["N", 6] }, ["N", 6], (g, { x }) => dropout(g, x, 0.4), { batch: 4 })],
  },
  {
    kind: "layer",
    name: "spatialDropout",
    group,
    doc: "Dropout of whole channels.",
    source: "Tompson et al. 2015, arXiv:1411.4280",
    samples: [
      sample({ x: ["N", 4, 2, 2] }, ["N", 4, 2, 2], (g, { x }) => spatialDropout(g, x, 0.5), { batch: 4 }),
    ],
  },
  {
    kind: "layer",
    name: "dropPath",
    group,
    doc: "Stochastic depth: the branch of single examples is dropped while training.",
    source: "Huang et al. 2016, arXiv:1603.09382",
    samples: [sample({ x: ["N", 3, 2] }, ["N", 3, 2], (g, { x }) => dropPath(g, x, 0.5), { batch: 8 })],
  },
];
