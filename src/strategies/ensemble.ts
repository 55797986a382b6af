import { fail } from "../base/index.js";
import type { Tensor, Value } from "../ir/index.js";
import { buildNetwork, init, type Network, type NetworkBuilder } from "../nn/index.js";
import { type Runtime, type Session, SessionCache } from "../runtime/portable.js";
import { modelOf } from "../train/index.js";
import { fitRows, flatRows } from "./fit-rows.js";

export interface EnsembleOptions {
  readonly members: number;
  /** Units of the hidden layers. */
  readonly hidden: readonly number[];
  /** Optimizer steps of a fit, whatever the number of examples. */
  readonly steps: number;
  /** Examples of a step, for each member its own. */
  readonly batch: number;
  readonly learningRate: number;
}

/**
 * Several small perceptrons that learn the same from different beginnings, in different orders of the examples: their
 * disagreement says how sure they are. All members are one graph of batched products, trained in one run of the runtime
 * (Adam, falling learning rate, mean absolute error) and asked in another. A fit begins anew: it is a function of
 * examples and seed. Dispose of it: it holds sessions.
 */
export class Ensemble implements AsyncDisposable {
  private readonly sessions: SessionCache;
  private readonly network: Network;
  private session: Session | undefined;
  private weights: Readonly<Record<string, Tensor>> | undefined;

  constructor(
    runtime: Runtime,
    /** Length of an example. */
    private readonly width: number,
    private readonly options: EnsembleOptions,
  ) {
    this.sessions = new SessionCache(runtime);
    const inputs = [{ name: "x", dtype: "float32" as const, shape: [width] }];
    this.network = buildNetwork(
      "ensemble",
      inputs,
      (g, [x]) => ({ y: this.body(g, g.Unsqueeze(given(x), g.i64([0]))) }),
      { training: false, batch: "N" },
    );
  }

  /** [1 or members, N, width] to [members, N, 1]. */
  private body(g: NetworkBuilder, x: Value): Value {
    const { members, hidden } = this.options;
    const sizes = [this.width, ...hidden, 1];
    let h = x;
    for (let layer = 1; layer < sizes.length; layer++) {
      const [fan = 1, out = 1] = [sizes[layer - 1], sizes[layer]];
      const last = layer === sizes.length - 1;
      const std = Math.sqrt((last ? 1 : 2) / fan);
      const w = g.param(`weight${layer}`, [members, fan, out], { init: init.normal(std) });
      const b = g.param(`bias${layer}`, [members, 1, out], { init: init.zeros, decay: false });
      h = g.Add(g.MatMul(h, w), b);
      if (!last) h = g.Relu(h);
    }
    return h;
  }

  /** Learn targets, which should be about as large as a standard normal number, from rows. */
  async fit(rows: readonly Float32Array[], targets: ArrayLike<number>, seed: number): Promise<void> {
    const { members, batch, steps, learningRate } = this.options;
    this.weights = await fitRows(this.sessions, {
      count: rows.length,
      fields: {
        x: { data: flatRows(rows, this.width), width: this.width },
        t: { data: Float32Array.from(targets) },
      },
      loss: (g, field) => {
        const h = g.Reshape(field("x"), g.i64([members, batch, this.width]));
        const t = g.Reshape(field("t"), g.i64([members, batch, 1]));
        const error = g.Abs(g.Sub(this.body(g, h), t));
        // Members do not share parameters: a sum over them has each one's own gradient.
        return g.Mul(g.ReduceSum(error, undefined, { keepdims: 0 }), g.scalar(1 / batch));
      },
      ...{ draws: members * batch, steps, learningRate, seed },
    });
  }

  /** What each member says of each row: [members][rows]. */
  async predict(rows: readonly Float32Array[]): Promise<Float32Array[]> {
    const weights = this.weights ?? fail("internal", { expected: "a fitted ensemble" });
    this.session ??= await this.sessions.load(modelOf(this.network.graph));
    const x = flatRows(rows, this.width);
    const feeds = { x: { dtype: "float32" as const, dims: [rows.length, this.width], data: x }, ...weights };
    const out = await this.session.run(feeds);
    const y = out[this.session.outputNames[0] ?? ""]?.data;
    if (!(y instanceof Float32Array)) return fail("internal", { expected: "predictions" });
    return Array.from({ length: this.options.members }, (_, m) =>
      y.slice(m * rows.length, (m + 1) * rows.length),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session?.[Symbol.asyncDispose]();
    this.session = undefined;
    await this.sessions[Symbol.asyncDispose]();
  }
}

function given(value: Value | undefined): Value {
  return value ?? fail("internal", { expected: "the network's input" });
}
