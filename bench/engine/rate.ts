import { sizeOf, type Tensor, type Value } from "../../src/ir/index.js";
import { Builder } from "../../src/ops/index.js";
import { ortNode } from "../../src/runtime/index.js";
import { buildStep, modelOf } from "../../src/train/index.js";
import type { Case } from "./case.js";
import { median } from "./contestant.js";
import { OPTIMIZERS } from "./ours.js";

/** A matrix product of a step: leading axes, rows, inner length, columns. */
export interface Product {
  readonly batch: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** The matrix products of one training step. */
export function productsOf({ workload, network }: Case): Product[] {
  const classes = Array.from({ length: workload.classes }, (_, i) => String(i));
  const task = { kind: "classification", classes } as const;
  const step = buildStep(network, task, { optimizer: OPTIMIZERS[workload.optimizer]() });
  return step.graph.nodes.flatMap(({ opType, inputs: [a], outputs: [y], attributes }) => {
    if ((opType !== "MatMul" && opType !== "Gemm") || a === undefined || y === undefined) return [];
    const [m = 1, n = 1] = y.dims.slice(-2);
    const turned = opType === "Gemm" && JSON.stringify(attributes.transA ?? "").includes("1");
    const k = a.dims.at(turned ? -2 : -1) ?? 1;
    return [{ batch: sizeOf(y.dims) / (m * n), m, k, n }];
  });
}

export function flopsOf(products: readonly Product[]): number {
  return products.reduce((sum, { batch, m, k, n }) => sum + 2 * batch * m * k * n, 0);
}

/** Seconds that ONNX Runtime needs for nothing but these products, in one run of a graph that holds them all. */
export async function secondsOf(products: readonly Product[], threads: number, rounds = 7): Promise<number> {
  const g = new Builder("products");
  const feeds: Record<string, Tensor> = {};
  const known = new Map<string, Value>();
  const operand = (dims: readonly number[], side: string): Value => {
    const name = `${side}_${dims.join("x")}`;
    const value = known.get(name) ?? g.input(name, "float32", dims);
    known.set(name, value);
    const data = Float32Array.from({ length: sizeOf(dims) }, (_, i) => ((i * 7919) % 101) / 101 - 0.5);
    feeds[name] = { dtype: "float32", dims, data };
    return value;
  };
  const ends = products.map(({ batch, m, k, n }) => {
    const lead = batch === 1 ? [] : [batch];
    const y = g.MatMul(operand([...lead, m, k], "a"), operand([...lead, k, n], "b"));
    // One number of each, so that it is computed and hardly anything is copied out.
    return g.Reshape(g.Gather(g.Reshape(y, g.i64([-1])), g.i64([0])), g.i64([1]));
  });
  // Unoptimised: equal products on equal operands would be merged into one.
  const model = modelOf(g.finish([g.Concat(ends, { axis: 0 })]));
  await using session = await ortNode.load(model, { threads, optimization: "disabled" });
  const times = [];
  for (let i = 0; i <= rounds; i++) {
    const began = performance.now();
    await session.run(feeds);
    if (i > 0) times.push((performance.now() - began) / 1000);
  }
  return median(times);
}

/** ONNX Runtime's own rate, in GFLOP/s: a product of square matrices of 1,024. */
export async function matMulRate(threads: number): Promise<number> {
  const side = [{ batch: 1, m: 1024, k: 1024, n: 1024 }];
  return flopsOf(side) / (await secondsOf(side, threads)) / 1e9;
}
