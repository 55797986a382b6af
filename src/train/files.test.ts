import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checksum32, MorphError } from "../base/index.js";
import { numbersOf, ONNX_DTYPE, tensor } from "../ir/index.js";
import { initialWeights } from "../nn/index.js";
import { decodeModel, encodeModel, getMetadata } from "../onnx/index.js";
import { Builder, refOf } from "../ops/index.js";
import { interpret, ortNode } from "../runtime/index.js";
import { damaged, damageRuns } from "../testing/damage.js";
import { tinyImages, tinyTable, tinyVectors } from "../testing/tiny-data.js";
import { architectureBody, zooOf } from "../zoo/index.js";
import { decodeCheckpoint, encodeCheckpoint } from "./checkpoint.js";
import { evaluateWith } from "./evaluate.js";
import { exportModel } from "./export.js";
import { buildModel, problemOf } from "./model.js";
import { modelOf } from "./program.js";
import type { Checkpoint } from "./trainer.js";

const checkpoint: Checkpoint = {
  params: Float32Array.of(1, -0, Number.MIN_VALUE, 3e38),
  states: Float32Array.of(5),
  slots: [Float32Array.of(1, 2, 3, 4), new Float32Array(4)],
  epoch: 3,
  step: 120,
};

describe("checkpoints", () => {
  it("come back as they were written, whatever they hold", () => {
    const floats = fc.float32Array({ maxLength: 20 });
    const any = fc.record({
      params: floats,
      states: floats,
      slots: fc.array(floats, { maxLength: 2 }),
      epoch: fc.nat(),
      step: fc.nat(),
    });
    fc.assert(
      fc.property(any, (it) => {
        expect(decodeCheckpoint(encodeCheckpoint(it))).toEqual(it);
      }),
    );
  });

  it("are refused, by one error, when cut anywhere, lengthened or something else", () => {
    const bytes = encodeCheckpoint(checkpoint);
    const refusal = (damaged: Uint8Array) => {
      try {
        decodeCheckpoint(damaged, "trial-7.ckpt");
      } catch (error) {
        return error instanceof MorphError ? `${error.code} ${error.issue.path}` : String(error);
      }
      return "accepted";
    };
    for (let end = 0; end < bytes.length; end++) {
      expect(refusal(bytes.subarray(0, end))).toBe("checkpoint_corrupt trial-7.ckpt");
    }
    /** With a checksum that is right, as a program of another version could write it. */
    const text = (s: string) => {
      const line = new TextEncoder().encode(`${" ".repeat(8)}${s}\n`);
      line.set(new TextEncoder().encode(checksum32(line).toString(16).padStart(8, "0")));
      return line;
    };
    const others = [
      Uint8Array.of(...bytes, 0),
      new Uint8Array(100_000),
      text("{}"),
      text("null"),
      text("[1]"),
      text("no JSON"),
      text('{"format":"morph.checkpoint/1","epoch":0,"step":0,"lengths":[1e15,1]}'),
      text('{"format":"morph.checkpoint/1","epoch":0,"step":0,"lengths":[]}'),
      text('{"format":"morph.checkpoint/2","epoch":0,"step":0,"lengths":[0,0]}'),
    ];
    for (const damaged of others) expect(refusal(damaged)).toBe("checkpoint_corrupt trial-7.ckpt");
    expect(
      decodeCheckpoint(text('{"format":"morph.checkpoint/1","epoch":0,"step":0,"lengths":[0,0]}')),
    ).toEqual({
      ...{ params: new Float32Array(), states: new Float32Array(), slots: [], epoch: 0, step: 0 },
    });
  });

  it("are refused when damaged anywhere", () => {
    const bytes = encodeCheckpoint(checkpoint);
    fc.assert(
      fc.property(damaged(bytes, ["1e999", "null", "[]", "}"]), (other) => {
        fc.pre(Buffer.compare(other, bytes) !== 0);
        expect(() => decodeCheckpoint(other, "a.ckpt")).toThrow(/^checkpoint_corrupt at a.ckpt/);
      }),
      damageRuns(500),
    );
  });
});

describe("an exported file", () => {
  const dataset = tinyImages({ channels: 3 });
  const problem = problemOf(dataset);
  const network = buildModel("m", problem, architectureBody(zooOf("resnet8"), { width: 4 }), {
    training: false,
    batch: "N",
  });
  const model = exportModel(network, initialWeights(network, 1), problem, { "morphospace.seed": "1" });

  it("takes raw data under the data set's names, gives logits and probabilities, and says what is inside", () => {
    const again = decodeModel(encodeModel(model));
    expect(again.graph.inputs.map((v) => [v.name, v.dtype, v.shape])).toEqual([
      ["image", "uint8", ["N", 3, 8, 8]],
    ]);
    expect(again.graph.outputs.map((v) => v.name)).toEqual(["logits", "probabilities"]);
    expect(again.graph.nodes.every((n) => n.domain === "")).toBe(true);
    expect(again.graph.nodes.some((n) => ["BatchNormalization", "Identity"].includes(n.opType))).toBe(false);
    expect(getMetadata(again, "task")).toEqual({
      kind: "classification",
      classes: ["class 0", "class 1", "class 2"],
    });
    expect(getMetadata(again, "preprocessing")).toMatchObject({ kind: "image", mean: [75, 75, 75] });
    expect(getMetadata(again, "seed")).toBe(1);
  });

  it("gives the same answer for an example alone and in any company", async () => {
    const { inputs } = await dataset.splits.test.read([0, 1, 2, 3]);
    const pixels = inputs.image instanceof Uint8Array ? inputs.image : new Uint8Array();
    await using session = await ortNode.load(model);
    const one = 3 * 64;
    const whole = await session.run({ image: { dtype: "uint8", dims: [4, 3, 8, 8], data: pixels } });
    const all = whole.probabilities ? numbersOf(whole.probabilities) : [];
    for (let i = 0; i < 4; i++) {
      const data = pixels.slice(i * one, (i + 1) * one);
      const { probabilities } = await session.run({ image: { dtype: "uint8", dims: [1, 3, 8, 8], data } });
      const row = probabilities ? numbersOf(probabilities) : [];
      expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
      row.forEach((p, k) => {
        expect(p).toBeCloseTo(all[i * 3 + k] ?? Number.NaN, 5);
      });
    }
  });

  it("of a table takes gaps and unknown codes as preprocessing says", async () => {
    const table = tinyTable();
    const of = problemOf(table);
    const it = buildModel("t", of, architectureBody(zooOf("mlp"), { width: 4, dropout: 0 }), {
      training: false,
      batch: "N",
    });
    await using session = await ortNode.load(exportModel(it, initialWeights(it, 1), of));
    const run = async (numeric: number[], codes: number[]) => {
      const out = await session.run({
        numeric: tensor("float32", [numeric.length, 1], numeric),
        categorical: tensor("int64", [codes.length, 1], codes),
      });
      const values = out.logits ? numbersOf(out.logits) : [];
      return numeric.map((_, i) => values.slice(2 * i, 2 * i + 2));
    };
    // Codes outside of the table are the unknown one; numbers are cut at eight deviations.
    const [a, b, c, d, e] = await run([12, 12, 12, 42, 1e9], [0, 7, -1, 1, 1]);
    expect(b).toEqual(a);
    expect(c).toEqual(a);
    expect(e).toEqual(d);
    const [gap, mean] = await run([Number.NaN, 10], [1, 1]);
    expect(gap?.every(Number.isFinite)).toBe(true);
    // A gap is the mean with a flag: the flag makes a difference.
    expect(gap).not.toEqual(mean);
  });

  it("of numbers answers in the target's units", () => {
    const of = problemOf(tinyVectors());
    const it = buildModel("v", of, architectureBody(zooOf("linear")), { training: false, batch: "N" });
    const { graph } = exportModel(it, initialWeights(it, 1), of);
    const out = interpret(graph, { x: refOf(tensor("float32", [1, 5], [1, 2, 3, 4, 5])) });
    // Untrained, a linear model answers with the mean.
    expect(out.value?.data[0]).toBeCloseTo(23.8, 5);
  });
});

describe("evaluateWith", () => {
  it("scores classes: accuracy, cross-entropy, confusion, over batches of any size", async () => {
    const dataset = tinyImages({ test: 7 });
    const logits = [
      [3, 0, 0],
      [0, 2, 1],
      [1, 1, 0],
    ];
    // Labels are 0, 1, 2, 0, 1, 2, 0; the first pixel says which row of logits is the answer.
    const { test } = dataset.splits;
    const split = {
      ...test,
      read: async (rows: readonly number[] | Int32Array) => {
        const batch = await test.read(rows);
        const image = Uint8Array.from(
          { length: 64 * rows.length },
          (_, i) => (rows[Math.floor(i / 64)] ?? 0) % 3,
        );
        return { ...batch, inputs: { image } };
      },
    };
    const g = new Builder("answers");
    const flat = g.Flatten(g.Cast(g.input("image", "uint8", ["N", 1, 8, 8]), { to: ONNX_DTYPE.int64 }), {
      axis: 1,
    });
    const table = g.initializer("table", tensor("float32", [3, 3], logits.flat()));
    const answer = g.Gather(table, g.Gather(flat, g.i64(0), { axis: 1 }), { axis: 0 });
    await using session = await ortNode.load(modelOf(g.finish([g.identityAs(answer, "prediction")])));
    const crossEntropy = (row: number[], k: number) =>
      Math.log(row.reduce((sum, z) => sum + Math.exp(z), 0)) - (row[k] ?? 0);
    const loss = [0, 1, 2, 0, 1, 2, 0].reduce((sum, k) => sum + crossEntropy(logits[k] ?? [], k), 0) / 7;
    for (const batchSize of [1, 3, 250]) {
      const result = await evaluateWith(session, dataset, split, {
        output: "prediction",
        batchSize,
      });
      expect(result).toMatchObject({ correct: 5, examples: 7, score: 5 / 7 });
      expect(result.confusion).toEqual([
        [3, 0, 0],
        [0, 2, 0],
        [2, 0, 0],
      ]);
      expect(result.loss).toBeCloseTo(loss, 6);
    }
  });

  it("hears an abort before it reads", async () => {
    const dataset = tinyImages();
    const network = buildModel("m", problemOf(dataset), architectureBody(zooOf("linear")), {
      training: false,
      batch: "N",
    });
    await using session = await ortNode.load(
      exportModel(network, initialWeights(network, 1), problemOf(dataset)),
    );
    const signal = AbortSignal.abort(new Error("enough"));
    const evaluation = evaluateWith(session, dataset, dataset.splits.test, { output: "logits", signal });
    await expect(evaluation).rejects.toThrow("enough");
  });
});
