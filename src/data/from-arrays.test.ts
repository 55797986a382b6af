import { describe, expect, it } from "vitest";
import { MorphError } from "../base/index.js";
import { datasetFromArrays, imageBytes, openMnist } from "./index.js";

describe("data sets from arrays", () => {
  it("are those of the same examples in files: division, preprocessing and contents", async () => {
    await using files = await openMnist();
    const { train, validation, test } = files.splits;
    const all = async (split: typeof train) => split.read(Array.from({ length: split.length }, (_, i) => i));
    const parts = await Promise.all([train, validation, test].map(all));
    const x = new Uint8Array(parts.reduce((sum, p) => sum + p.length * 784, 0));
    const y: number[] = [];
    let at = 0;
    for (const part of parts) {
      x.set(part.inputs.image as Uint8Array, at);
      at += part.length * 784;
      y.push(...part.target);
    }
    const whole = await datasetFromArrays({ x, shape: [28, 28], y });
    expect(whole.inputs).toEqual(files.inputs);
    expect(whole.task).toEqual(files.task);
    expect(whole.inMemory).toBe(true);
    expect(whole.splits.train.length).toBe(train.length);
    const [a, b, c] = parts.map((p) => ({
      x: p.inputs.image as Uint8Array,
      shape: [28, 28],
      y: p.target as Int32Array,
    }));
    const divided = await datasetFromArrays({ train: a, validation: b, test: c });
    expect(divided.preprocessing).toEqual(files.preprocessing);
    expect([...divided.splits.test.targets]).toEqual([...test.targets]);
    const mine = await divided.splits.validation.read([5, 0]);
    expect(mine).toEqual(await validation.read([5, 0]));
  });

  it("take numbers, for classes and for values", async () => {
    const x = Float32Array.from({ length: 60 }, (_, i) => i);
    const classes = await datasetFromArrays({
      x,
      shape: [2],
      y: Array.from({ length: 30 }, (_, i) => i % 3),
    });
    expect(classes.task).toEqual({ kind: "classification", classes: ["0", "1", "2"] });
    const y = Float64Array.from({ length: 30 }, (_, i) => i / 7);
    const values = await datasetFromArrays({ x, shape: [2], y });
    expect(values.task.kind).toBe("regression");
    expect(values.preprocessing).toMatchObject({ kind: "plain" });
    const again = await datasetFromArrays({ x, shape: [2], y }, { name: "other" });
    expect(again.hash).toBe(values.hash);
  });

  it("say what is wrong with them", async () => {
    const code = (it: Promise<unknown>) =>
      it.then(
        () => "fine",
        (error: unknown) => (error instanceof MorphError ? error.code : String(error)),
      );
    const x = new Float32Array(30);
    expect(await code(datasetFromArrays({ x, shape: [4], y: [] }))).toBe("array_elements");
    expect(await code(datasetFromArrays({ x, shape: [3], y: [1, 2] }))).toBe("length_mismatch");
    expect(
      await code(datasetFromArrays({ x: x.fill(Number.NaN), shape: [1], y: new Int32Array(30) })),
    ).not.toBe("fine");
    expect(await code(datasetFromArrays({}))).toBe("empty_array");
  });

  it("come from pictures of a canvas", () => {
    const data = Uint8ClampedArray.of(255, 255, 255, 255, 255, 0, 0, 255, 255, 255, 255, 0, 0, 0, 255, 128);
    const picture = { data, width: 2, height: 2 };
    expect([...imageBytes([picture])]).toEqual([255, 76, 0, 15]);
    expect([...imageBytes([picture], 3)]).toEqual([255, 255, 0, 0, 255, 0, 0, 0, 255, 0, 0, 128]);
    expect(() => imageBytes([picture, { data, width: 4, height: 1 }])).toThrow(/shape_mismatch/);
  });
});
