import { describe, expect, it } from "vitest";
import { rngOf } from "../base/index.js";
import { numbersOf, sizeOf, type Tensor, tensor } from "../ir/index.js";
import { convBn, globalAveragePool, initialWeights, invertedResidual, linear, sgd } from "../nn/index.js";
import { ortNode } from "../runtime/index.js";
import { problemOfShape } from "../zoo/index.js";
import { buildModel, type ModelBody } from "./model.js";
import { trainingProgram } from "./step.js";

const BATCH = 16;
const TRIPS = 5;
const EXAMPLES = 40;
const problem = problemOfShape([3, 12, 12], 4);

/** Everything that has a rule on blocks: stem, maximum, inverted residuals with both strides, a plain convolution. */
const body: ModelBody = (g, features, outputs) => {
  if (features.kind !== "image") throw new Error("images only");
  let h = g.scope("stem", () => convBn(g, features.image, 16, { kernel: 3, activation: "relu" }));
  h = g.MaxPool(h, { kernel_shape: [2, 2], strides: [2, 2] });
  for (const [i, stride] of [1, 2].entries()) {
    h = g.scope(`block${i}`, () =>
      invertedResidual(g, h, 16, {
        kernel: 3,
        stride,
        expansion: 4,
        squeezeExcite: i === 1,
        activation: i === 0 ? "relu" : "hard-swish",
      }),
    );
  }
  h = g.scope("plain", () => convBn(g, h, 32, { kernel: 3, activation: "silu" }));
  return g.scope("out", () => linear(g, globalAveragePool(g, h), outputs));
};

async function train(blockedChannels: number | undefined) {
  const network = buildModel("m", problem, body, { training: true, batch: BATCH });
  const options = { optimizer: sgd({ momentum: 0.9, weightDecay: 1e-3 }), blockedChannels };
  const program = trainingProgram(network, problem, options);
  const weights = initialWeights(network, 3);
  const rng = rngOf(4, "blocked");
  const given: Record<string, readonly number[] | Float32Array> = {
    trips: [TRIPS],
    theta: weights.params,
    states: weights.states,
    data_target: Array.from({ length: EXAMPLES }, () => rng.int(4)),
    order: Array.from({ length: TRIPS * BATCH }, () => rng.int(EXAMPLES)),
    learning_rates: new Array<number>(TRIPS).fill(0.05),
    steps: Array.from({ length: TRIPS }, (_, i) => i + 1),
    keys: new Array<number>(TRIPS).fill(0),
  };
  await using session = await ortNode.load(program);
  const feeds: Record<string, Tensor> = {};
  for (const { name, dtype, shape } of program.graph.inputs.filter((v) =>
    session.inputNames.includes(v.name),
  )) {
    const sizes: Record<string, number> = { trips: TRIPS };
    const dims = shape.map((d) => (typeof d === "number" ? d : (sizes[d] ?? EXAMPLES)));
    const values = given[name] ?? Array.from({ length: sizeOf(dims) }, () => rng.int(256));
    feeds[name] = tensor(
      dtype,
      dims,
      name.startsWith("slot") ? new Array(sizeOf(dims)).fill(0) : [...values],
    );
  }
  const out = await session.run(feeds);
  const numbers = (name: string) => {
    const result = out[name];
    if (result === undefined) throw new Error(`no output ${name}`);
    return numbersOf(result);
  };
  return { losses: numbers("losses"), theta: numbers("theta_out"), states: numbers("states_out") };
}

describe("training on blocks of channels", () => {
  it("trains as on standard operators, within rounding, and twice the same", async (context) => {
    const block = await ortNode.blockedChannels?.();
    if (block === undefined) return context.skip("this ONNX Runtime has no blocked layout");
    const [standard, blocked, again] = [await train(undefined), await train(block), await train(block)];
    expect(new Set(blocked.losses).size).toBe(TRIPS);
    expect(again).toEqual(blocked);
    for (const name of ["losses", "theta", "states"] as const) {
      const scale = Math.max(...standard[name].map(Math.abs));
      const errors = standard[name].map((v, i) => Math.abs(v - (blocked[name][i] ?? Number.NaN)));
      expect([name, Math.max(...errors) / scale < 1e-3]).toEqual([name, true]);
    }
  });
});
