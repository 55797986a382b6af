import { fail } from "../base/index.js";
import type { Tensor, Value } from "../ir/index.js";
import { buildNetwork, huberLoss, linear, meanSquaredError, type NetworkBuilder } from "../nn/index.js";
import { type Runtime, type Session, SessionCache } from "../runtime/portable.js";
import { modelOf } from "../train/index.js";
import { fitRows, flatRows } from "./fit-rows.js";

/** Units of the embedding's layers, and of the score's. */
const EMBEDDING = [64, 32] as const;
const HEAD = 32;
/** Factor of the genotype beside its embedding: few trials should be read through what was learned before. */
const RAW = 0.2;
const DRAWS = 32;
const PRETRAIN_STEPS = 400;
const FROZEN_STEPS = 150;
const JOINT_STEPS = 150;

/**
 * A predictor of scores that has learned before from what is known without training (Dai et al. 2021, arXiv:2006.02049,
 * section 3.2): an embedding of the genotype, on it a head for the network's statistics and one for the score. The embedding
 * and its head learn from statistics of many genotypes; then the score's head learns from the trials, first alone, then with
 * the embedding at a tenth of the rate, by Huber's loss.
 * Departure: the genotype is embedded as a whole, and the score's head reads it beside its embedding, because no schema says
 * which decisions are the recipe's; what statistics do not depend on, the embedding learns to leave out.
 * Dispose of it: it holds sessions.
 */
export class JointPredictor implements AsyncDisposable {
  private readonly sessions: SessionCache;
  private session: Session | undefined;
  /** Of the embedding, after the statistics. */
  private embedding: Record<string, Float32Array> | undefined;
  private weights: Readonly<Record<string, Tensor>> | undefined;

  constructor(
    runtime: Runtime,
    private readonly width: number,
  ) {
    this.sessions = new SessionCache(runtime);
  }

  /** Learn `statistics` (standardised: mean 0, deviation 1) of genotypes, as many for each. */
  async pretrain(
    rows: readonly Float32Array[],
    statistics: readonly Float32Array[],
    seed: number,
  ): Promise<void> {
    const count = statistics[0]?.length ?? 0;
    if (rows.length === 0 || count === 0) return;
    const learned = await fitRows(this.sessions, {
      count: rows.length,
      fields: {
        x: { data: flatRows(rows, this.width), width: this.width },
        t: { data: flatRows(statistics, count), width: count },
      },
      loss: (g, field) => {
        const embedded = embed(g, field("x"));
        const said = g.scope("statistics", () => linear(g, embedded, count));
        return meanSquaredError(g, said, field("t"));
      },
      ...{ draws: DRAWS, steps: PRETRAIN_STEPS, learningRate: 0.01, seed },
    });
    this.embedding = contents(learned, isEmbedding);
  }

  /** Learn targets, which should be about as large as a standard normal number, from rows. */
  async fit(rows: readonly Float32Array[], targets: ArrayLike<number>, seed: number): Promise<void> {
    const common = {
      count: rows.length,
      fields: {
        x: { data: flatRows(rows, this.width), width: this.width },
        t: { data: Float32Array.from(targets) },
      },
      loss: (g: NetworkBuilder, field: (name: string) => Value) =>
        huberLoss(g, g.Reshape(score(g, field("x")), g.i64([-1])), field("t")),
      ...{ draws: DRAWS, seed },
    };
    const known = this.embedding;
    const frozen = await fitRows(this.sessions, {
      ...common,
      ...{ steps: FROZEN_STEPS, learningRate: 0.01, initial: known },
      // Without statistics there is nothing to keep: all learn from the beginning.
      trains: (name) => known === undefined || !isEmbedding(name),
    });
    this.weights = await fitRows(this.sessions, {
      ...common,
      ...{ steps: JOINT_STEPS, learningRate: 0.001, initial: contents(frozen, () => true) },
    });
  }

  /** A prediction a row. */
  async predict(rows: readonly Float32Array[]): Promise<Float32Array> {
    if (rows.length === 0) return new Float32Array(0);
    const weights = this.weights ?? fail("internal", { expected: "a fitted predictor" });
    this.session ??= await this.sessions.load(modelOf(this.network().graph));
    const x: Tensor = { dtype: "float32", dims: [rows.length, this.width], data: flatRows(rows, this.width) };
    const out = await this.session.run({ x, ...weights });
    const y = out[this.session.outputNames[0] ?? ""]?.data;
    return y instanceof Float32Array ? y : fail("internal", { expected: "predictions" });
  }

  private network() {
    const inputs = [{ name: "x", dtype: "float32" as const, shape: [this.width] }];
    const body = (g: NetworkBuilder, [x]: readonly Value[]) => ({
      y: score(g, x ?? fail("internal", { expected: "the network's input" })),
    });
    return buildNetwork("predictor", inputs, body, { training: false, batch: "N" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session?.[Symbol.asyncDispose]();
    this.session = undefined;
    await this.sessions[Symbol.asyncDispose]();
  }
}

function embed(g: NetworkBuilder, x: Value): Value {
  return EMBEDDING.reduce(
    (h, units, i) => g.Relu(g.scope(`embedding${i + 1}`, () => linear(g, h, units))),
    x,
  );
}

function score(g: NetworkBuilder, x: Value): Value {
  const both = g.Concat([embed(g, x), g.Mul(x, g.scalar(RAW))], { axis: 1 });
  const h = g.Relu(g.scope("score1", () => linear(g, both, HEAD)));
  return g.scope("score2", () => linear(g, h, 1));
}

function isEmbedding(name: string): boolean {
  return name.startsWith("embedding");
}

function contents(
  parameters: Readonly<Record<string, Tensor>>,
  wanted: (name: string) => boolean,
): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, { data }]) =>
      wanted(name) && data instanceof Float32Array ? [[name, data]] : [],
    ),
  );
}
