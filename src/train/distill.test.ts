import { describe, expect, it } from "vitest";
import { gradients } from "../autodiff/index.js";
import { tensor, type Value } from "../ir/index.js";
import { adamW, buildNetwork, constant, linear, NetworkBuilder, sgd } from "../nn/index.js";
import { Builder, ref } from "../ops/index.js";
import { interpret, ortNode } from "../runtime/index.js";
import { tinyImages } from "../testing/tiny-data.js";
import { distillationLoss, featureLoss, softLoss, teacherOf } from "./distill.js";
import { exportModel } from "./export.js";
import { phase, fit as train } from "./index.js";
import { buildModel, type ModelBody, problemOf } from "./model.js";
import { streamOf } from "./stream.js";
import { Trainer } from "./trainer.js";

const softmax = (z: readonly number[], t: number) => {
  const e = z.map((v) => Math.exp(v / t));
  const sum = e.reduce((a, b) => a + b, 0);
  return e.map((v) => v / sum);
};
const floats = (dims: readonly number[], data: readonly number[]) =>
  ref("float32", dims, Float64Array.from(data));

describe("distillation", () => {
  const student = [1, 2, -1, 0.5, 0, 3];
  const teacher = [2, 1, 0, -1, 1, 0.5];
  const labels = [1, 2];
  const rows = (z: readonly number[]) => [z.slice(0, 3), z.slice(3)];

  it("is the formula: soft part times T², hard part, and their shares", () => {
    const g = new Builder("kd");
    const [s, t] = ["s", "t"].map((name) => g.input(name, "float32", [2, 3])) as [Value, Value];
    const y = g.input("y", "int32", [2]);
    const loss = distillationLoss(g, s, t, y, { temperature: 3, weight: 0.7 });
    const soft = softLoss(g, s, t, 3);
    const out = interpret(g.finish([loss, soft]), {
      s: floats([2, 3], student),
      t: floats([2, 3], teacher),
      y: ref("int32", [2], Float64Array.from(labels)),
    });
    const kl = rows(student).map((z, i) => {
      const [p, q] = [softmax(rows(teacher)[i] ?? [], 3), softmax(z, 3)];
      return p.reduce((sum, v, k) => sum + v * Math.log(v / (q[k] ?? 0)), 0);
    });
    const ce = rows(student).map((z, i) => -Math.log(softmax(z, 1)[labels[i] ?? 0] ?? 0));
    const mean = (v: readonly number[]) => ((v[0] ?? 0) + (v[1] ?? 0)) / 2;
    expect(out[soft.name]?.data[0]).toBeCloseTo(9 * mean(kl), 6);
    expect(out[loss.name]?.data[0]).toBeCloseTo(0.7 * 9 * mean(kl) + 0.3 * mean(ce), 6);
  });

  it("refuses shares and temperatures that cannot be", () => {
    const g = new Builder("kd");
    const s = g.input("s", "float32", [2, 3]);
    const y = g.input("y", "int32", [2]);
    expect(() => distillationLoss(g, s, s, y, { weight: 1.5 })).toThrow(/distillation_option at weight/);
    expect(() => distillationLoss(g, s, s, y, { temperature: 0 })).toThrow(/temperature/);
  });

  it("matches features of another width through a map that it learns; the teacher gets no gradient", () => {
    const g = new NetworkBuilder("hint", true, 2);
    const a = g.input("a", "float32", [2, 3, 4]);
    const b = g.input("b", "float32", [2, 5, 4]);
    const loss = featureLoss(g, a, b);
    expect(g.params.map(({ name, shape }) => [name, shape])).toEqual([["projection", [5, 3]]]);
    const [da, db] = gradients(g, loss, [a, b]);
    expect([da?.shape, db]).toEqual([[2, 3, 4], undefined]);
  });
});

/** A model whose logits are W·x, as a file would be. */
function linearTeacher(weights: readonly number[]) {
  const inputs = [{ name: "x", dtype: "float32", shape: [2] }] as const;
  const network = buildNetwork(
    "teacher",
    inputs,
    (g, [x]) => ({ logits: linear(g, x as Value, 2, { bias: false }) }),
    {
      training: false,
      batch: "N",
    },
  );
  return { network, weights: { params: Float32Array.from(weights), states: new Float32Array(0) } };
}

describe("teachers", () => {
  const problem = {
    inputs: [{ name: "x", dtype: "float32", shape: [2] }],
    preprocessing: { kind: "plain", mean: [0], std: [1] },
    task: { kind: "classification", classes: ["a", "b"] },
  } as const;

  it("are copied by students without labels, and stay as they are", async () => {
    const weights = [2, -1, -1, 1];
    const { network, weights: held } = linearTeacher(weights);
    const teacher = teacherOf(exportModel(network, held, problem));
    const x = tensor(
      "float32",
      [40, 2],
      Array.from({ length: 80 }, (_, i) => Math.sin(i * i)),
    );
    const result = await train(ortNode, {
      phases: phase({
        data: streamOf({ x }),
        batchSize: 20,
        network: (g, batch) => ({
          own: linear(g, batch.x, 2, { bias: false }),
          taught: teacher.apply(g, { x: batch.x }).logits ?? batch.x,
        }),
        loss: (g, { own, taught }) => softLoss(g, own, taught, 2),
        optimizer: adamW({ weightDecay: 0 }),
        schedule: constant(0.05),
      }),
      epochs: 150,
      seed: 1,
    });
    expect(Object.keys(result.parameters)).toEqual(["weight"]);
    const w = Array.from(result.parameters.weight?.data as Float32Array);
    // Probabilities of two classes depend on the difference of the rows alone.
    const rows = (v: readonly number[]) => [(v[0] ?? 0) - (v[2] ?? 0), (v[1] ?? 0) - (v[3] ?? 0)];
    rows(w).forEach((value, i) => {
      expect(value).toBeCloseTo(rows(weights)[i] ?? 0, 1);
    });
  });

  it("must take what the student takes", () => {
    const { network, weights } = linearTeacher([1, 0, 0, 1]);
    const teacher = teacherOf(exportModel(network, weights, problem));
    const g = new Builder("student");
    expect(() => teacher.apply(g, {})).toThrow(/teacher_input at x.*no such input/);
    expect(() => teacher.apply(g, { x: g.input("x", "float32", [4, 3]) })).toThrow(/teacher_input.*float32/);
  });

  it("help a Trainer's student, and see the images as it does", async () => {
    const dataset = tinyImages();
    const of = problemOf(dataset);
    const body: ModelBody = (g, features, outputs) => {
      if (features.kind !== "image") throw new Error("images only");
      return linear(g, g.Flatten(features.image, { axis: 1 }), outputs);
    };
    const options = { batchSize: 8, optimizer: sgd({ momentum: 0.9 }), seed: 2 };
    const cycle = { epochs: 6, schedule: () => () => 0.02 };
    const run = async (over: object) => {
      await using trainer = await Trainer.create(ortNode, dataset, body, { ...options, ...over });
      const reports = [];
      for await (const report of trainer.train(trainer.start(), cycle)) reports.push(report);
      return reports;
    };
    const taught = await run({});
    const network = buildModel("m", of, body, { training: false, batch: "N" });
    const last = taught.at(-1)?.checkpoint;
    if (last === undefined) throw new Error("no epoch");
    const teacher = teacherOf(exportModel(network, { params: last.params, states: new Float32Array(0) }, of));
    const augmentation = { shift: 1, flip: false, rotate: 0, scale: 0, cutout: 0 };
    const all = await run({ teacher, distillation: { weight: 1, temperature: 2 }, augmentation });
    expect(all.at(-1)?.trainLoss).toBeLessThan(0.5 * (all[0]?.trainLoss ?? 0));
    expect(all.at(-1)?.validation.score).toBeGreaterThan(0.5);
    // A student that is its own teacher has nothing to learn, augmented or not.
    await using same = await Trainer.create(ortNode, dataset, body, {
      ...options,
      teacher,
      augmentation,
      distillation: { weight: 1 },
    });
    const still = { ...last, slots: last.slots.map((v) => new Float32Array(v.length)) };
    for await (const report of same.train(still, { epochs: 1, schedule: () => () => 0 }))
      expect(report.trainLoss).toBeLessThan(1e-3);
  });
});
