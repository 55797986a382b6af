import type { Value } from "../../src/ir/index.js";
import { buildNetwork, type Network, type NetworkBuilder, type NetworkInput } from "../../src/nn/index.js";

/**
 * A network whose training step is timed. Beside NAME.ts lies NAME.py, its twin in PyTorch: the same parameters in
 * the same order, the same arithmetic. What both are trained on is random; only time and agreement matter.
 */
export interface Workload {
  readonly name: string;
  readonly title: string;
  readonly batch: number;
  /** Of one example. */
  readonly inputs: readonly WorkloadInput[];
  readonly classes: number;
  readonly optimizer: "adamw" | "sgd";
  readonly learningRate: number;
  /** Whether matrix products bound it, so that its rate is compared with the runtime's own. */
  readonly productBound: boolean;
  /** Examples in memory; batches are drawn from them. Default: four batches. */
  readonly examples?: number;
  /** Rows of a batch in their own order, always the same ones: nodes of one graph. */
  readonly wholeBatch?: boolean;
  readonly body: (g: NetworkBuilder, inputs: readonly Value[]) => Value;
  /** Arrays besides the examples that the twin needs (edges of a graph), int64. */
  readonly extras?: () => Readonly<
    Record<string, { readonly dims: readonly number[]; readonly data: BigInt64Array }>
  >;
}

export interface WorkloadInput extends NetworkInput {
  readonly dtype: "float32" | "int64";
  /** Integers are drawn below this; numbers are standard normal. */
  readonly below?: number;
}

/** The training form of a workload's network. */
export function networkOf(workload: Workload): Network {
  return buildNetwork(workload.name, workload.inputs, (g, inputs) => ({ logits: workload.body(g, inputs) }), {
    training: true,
    batch: workload.batch,
  });
}
