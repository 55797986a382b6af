/**
 * How long it takes before a training run can begin: building a network of 100 layers, differentiating it with loss
 * and optimizer, the training program (lowering included), writing it, and ONNX Runtime's own start. Milliseconds,
 * best and median of several, after a first time apart (when the code is not yet compiled):
 * npm run bench -- start [runs]
 */
import { adamW, convBn, encoderBlock, globalAveragePool, globalTokenMean, linear } from "../src/nn/index.js";
import { encodeModel } from "../src/onnx/index.js";
import { ortNode } from "../src/runtime/index.js";
import {
  buildModel,
  buildStep,
  type ModelBody,
  NO_AUGMENTATION,
  trainingProgram,
} from "../src/train/index.js";
import { problemOfShape } from "../src/zoo/index.js";
import { record } from "./lib.js";

const runs = Number(process.argv[2] ?? 7);
const problem = problemOfShape([3, 8, 8], 10);

const convolutional: ModelBody = (g, features, outputs) => {
  if (features.kind !== "image") throw new Error("images only");
  let h = features.image;
  for (let i = 0; i < 99; i++)
    h = g.scope(`layer${i}`, () => convBn(g, h, 16, { kernel: 3, activation: "relu" }));
  return g.scope("out", () => linear(g, globalAveragePool(g, h), outputs));
};

/** 50 blocks of attention and perceptron. */
const transformer: ModelBody = (g, features, outputs) => {
  if (features.kind !== "image") throw new Error("images only");
  const tokens = g.Transpose(g.Reshape(features.image, g.i64([0, 3, 64])), { perm: [0, 2, 1] });
  let h = g.scope("in", () => linear(g, tokens, 32));
  for (let i = 0; i < 50; i++) h = g.scope(`block${i}`, () => encoderBlock(g, h, { heads: 2 }));
  return g.scope("out", () => linear(g, globalTokenMean(g, h), outputs));
};

const networks = { convolutional, transformer };
const results: Record<string, object> = {};
for (const [name, body] of Object.entries(networks)) {
  const times: Record<string, number[]> = {};
  let sizes = {};
  for (let run = 0; run < runs; run++) {
    const timed = async <T>(what: string, work: () => T | Promise<T>): Promise<T> => {
      const began = performance.now();
      const value = await work();
      const list = times[what] ?? [];
      times[what] = [...list, performance.now() - began];
      return value;
    };
    const options = { optimizer: adamW() };
    const model = await timed("build", () =>
      buildModel(name, problem, body, { training: true, batch: 32, augmentation: NO_AUGMENTATION }),
    );
    const step = await timed("step", () => buildStep(model, problem.task, options));
    const program = await timed("program", () => trainingProgram(model, problem, options));
    const bytes = await timed("encode", () => encodeModel(program));
    const session = await timed("session", () => ortNode.load(bytes));
    await session[Symbol.asyncDispose]();
    sizes = {
      forwardNodes: model.graph.nodes.length,
      stepNodes: step.graph.nodes.length,
      bytes: bytes.length,
    };
  }
  const round = (x: number) => Math.round(x * 10) / 10;
  const summary = (list: readonly number[]) => {
    const warm = list.slice(1).sort((a, b) => a - b);
    return {
      firstMs: round(list[0] ?? 0),
      bestMs: round(warm[0] ?? 0),
      medianMs: round(warm[warm.length >> 1] ?? 0),
    };
  };
  results[name] = {
    ...sizes,
    ...Object.fromEntries(Object.entries(times).map(([what, list]) => [what, summary(list)])),
    // What must be done before a session can be made; the program differentiates anew.
    buildAndProgram: summary((times.build ?? []).map((b, i) => b + (times.program?.[i] ?? 0))),
  };
}
await record("start", { runs, ...results });
