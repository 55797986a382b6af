import { describe, expect, it } from "vitest";
import { gradients } from "../../autodiff/index.js";
import { Builder, type RefTensor, ref } from "../../ops/index.js";
import { interpret } from "../../runtime/index.js";
import { correctCount, crossEntropy, meanSquaredError } from "../index.js";

const LOGITS = [
  [2, -1, 0.5],
  [0, 0, 0],
  [-3, 4, 1],
  [1, 1, 5],
];
const LABELS = [0, 1, 2, 2];

const matrix = (rows: readonly number[][]): RefTensor =>
  ref("float32", [rows.length, rows[0]?.length ?? 0], Float64Array.from(rows.flat()));

function softmax(row: readonly number[]): number[] {
  const exps = row.map(Math.exp);
  const total = exps.reduce((a, b) => a + b, 0);
  return exps.map((e) => e / total);
}

describe.each([0, 0.1, 0.5])("cross-entropy, smoothing %d", (smoothing) => {
  const targets = LABELS.map((label) =>
    [0, 1, 2].map((k) => smoothing / 3 + (k === label ? 1 - smoothing : 0)),
  );
  const g = new Builder("loss");
  const logits = g.input("logits", "float32", [4, 3]);
  const labels = g.input("labels", "int32", [4]);
  const loss = crossEntropy(g, logits, labels, smoothing);
  const [grad] = gradients(g, loss, [logits]);
  const graph = g.finish(grad === undefined ? [loss] : [loss, grad]);
  const feeds = { logits: matrix(LOGITS), labels: ref("int32", [4], Float64Array.from(LABELS)) };
  const out = interpret(graph, feeds);

  it("is the mean of −Σ target · log softmax", () => {
    let expected = 0;
    LOGITS.forEach((row, i) => {
      softmax(row).forEach((p, k) => {
        expected -= ((targets[i]?.[k] ?? 0) * Math.log(p)) / 4;
      });
    });
    expect(out[loss.name]?.dims).toEqual([]);
    expect(out[loss.name]?.data[0]).toBeCloseTo(expected, 6);
  });

  it("has the gradient (softmax − target)/N", () => {
    LOGITS.forEach((row, i) => {
      softmax(row).forEach((p, k) => {
        const value = out[grad?.name ?? ""]?.data[i * 3 + k];
        expect(value).toBeCloseTo((p - (targets[i]?.[k] ?? 0)) / 4, 6);
      });
    });
  });
});

it("cross-entropy stays finite for extreme logits", () => {
  const g = new Builder("loss");
  const loss = crossEntropy(g, g.input("logits", "float32", [1, 2]), g.input("labels", "int64", [1]));
  const out = interpret(g.finish([loss]), {
    logits: matrix([[800, -800]]),
    labels: ref("int64", [1], Float64Array.of(1)),
  });
  expect(out[loss.name]?.data[0]).toBeCloseTo(1600, 6);
});

it("mean squared error", () => {
  const g = new Builder("loss");
  const [a, b] = [g.input("a", "float32", [3, 1]), g.input("b", "float32", [3, 1])];
  const loss = meanSquaredError(g, a, b);
  const column = (values: number[]) => matrix(values.map((v) => [v]));
  const out = interpret(g.finish([loss]), { a: column([1, 2, 3]), b: column([1, 0, 6]) });
  expect(out[loss.name]?.data[0]).toBeCloseTo((0 + 4 + 9) / 3, 12);
});

it("counts right answers; of equal logits the first class is the answer", () => {
  const g = new Builder("score");
  const count = correctCount(g, g.input("logits", "float32", [4, 3]), g.input("labels", "int32", [4]));
  const graph = g.finish([count]);
  const correct = (labels: number[]) =>
    interpret(graph, { logits: matrix(LOGITS), labels: ref("int32", [4], Float64Array.from(labels)) })[
      count.name
    ]?.data[0];
  expect(correct([0, 0, 1, 2])).toBe(4);
  expect(correct([0, 1, 2, 2])).toBe(2);
  expect(correct([1, 2, 0, 1])).toBe(0);
});
