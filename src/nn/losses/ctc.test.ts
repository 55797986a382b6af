import fc from "fast-check";
import { expect, it } from "vitest";
import { Builder, ref } from "../../ops/index.js";
import { interpret } from "../../runtime/index.js";
import { ctcLoss } from "../index.js";

/** −ln of the sum over all alignments, by writing all K^T of them down. */
function byEnumeration(logits: readonly number[][], labels: readonly number[], blank: number): number {
  const logs = logits.map((row) => {
    const total = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
    return row.map((x) => x - total);
  });
  const classes = logs[0]?.length ?? 0;
  let sum = 0;
  const walk = (t: number, path: readonly number[], logP: number): void => {
    if (t === logs.length) {
      const merged = path.filter((c, i) => c !== path[i - 1]).filter((c) => c !== blank);
      if (merged.join() === labels.join()) sum += Math.exp(logP);
      return;
    }
    for (let c = 0; c < classes; c++) walk(t + 1, [...path, c], logP + (logs[t]?.[c] ?? 0));
  };
  walk(0, [], 0);
  return -Math.log(sum);
}

function byGraph(
  logits: readonly number[][],
  labels: readonly number[],
  blank: number,
  padding = 0,
  skipImpossible = true,
): number {
  const [steps, classes, count] = [logits.length, logits[0]?.length ?? 0, labels.length + padding];
  const g = new Builder("ctc");
  const loss = ctcLoss(
    g,
    g.input("x", "float32", [1, steps + padding, classes]),
    g.input("t", "int64", [1, count]),
    {
      blank,
      inputLengths: g.input("steps", "int64", [1]),
      labelLengths: g.input("count", "int64", [1]),
      skipImpossible,
    },
  );
  const rows = [...logits, ...Array.from({ length: padding }, () => new Array<number>(classes).fill(7))];
  const out = interpret(g.finish([loss]), {
    x: ref("float32", [1, steps + padding, classes], Float64Array.from(rows.flat())),
    t: ref("int64", [1, count], Float64Array.from([...labels, ...new Array<number>(padding).fill(1)])),
    steps: ref("int64", [1], Float64Array.of(steps)),
    count: ref("int64", [1], Float64Array.of(labels.length)),
  });
  return out[loss.name]?.data[0] ?? Number.NaN;
}

it("equals the sum over all alignments", () => {
  const cases = fc.record({
    steps: fc.integer({ min: 1, max: 5 }),
    classes: fc.integer({ min: 2, max: 4 }),
    blank: fc.nat(3),
    labels: fc.array(fc.nat(3), { minLength: 1, maxLength: 3 }),
    padding: fc.nat(2),
    seed: fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: 20, maxLength: 20 }),
  });
  fc.assert(
    fc.property(cases, ({ steps, classes, blank: b, labels: raw, padding, seed }) => {
      const blank = b % classes;
      const labels = raw.map((c) => c % classes).filter((c) => c !== blank);
      fc.pre(labels.length > 0);
      const logits = Array.from({ length: steps }, (_, t) =>
        Array.from({ length: classes }, (_, k) => seed[(t * classes + k) % seed.length] ?? 0),
      );
      const expected = byEnumeration(logits, labels, blank);
      const found = byGraph(logits, labels, blank, padding);
      // Labels that do not fit have no alignment, and count as 0.
      if (expected === Number.POSITIVE_INFINITY) expect(found).toBe(0);
      else expect(found).toBeCloseTo(expected, 9);
    }),
    { numRuns: 120 },
  );
});

it("has the value of a case done by hand", () => {
  // Two steps, classes blank and a, all equally likely: "a" comes of aa, a–, –a, so p = 3/4.
  expect(
    byGraph(
      [
        [0, 0],
        [0, 0],
      ],
      [1],
      0,
    ),
  ).toBeCloseTo(-Math.log(3 / 4), 12);
  // Nothing at all comes of – – only.
  expect(
    byGraph(
      [
        [0, 0],
        [0, 0],
      ],
      [],
      0,
      1,
    ),
  ).toBeCloseTo(-Math.log(1 / 4), 12);
});

it("says that two equal labels need a blank between them", () => {
  const rows = [
    [0, 0],
    [0, 0],
  ];
  expect(byGraph(rows, [1, 1], 0)).toBe(0);
  expect(byGraph(rows, [1, 1], 0, 0, false)).toBeGreaterThan(1e8);
  expect(byGraph([...rows, [0, 0]], [1, 1], 0)).toBeCloseTo(-Math.log(1 / 8), 12);
});

it("takes sequences whose length is a symbol", () => {
  const g = new Builder("ctc");
  const loss = ctcLoss(g, g.input("x", "float32", ["N", "T", 3]), g.input("t", "int64", ["N", 2]));
  const graph = g.finish([loss]);
  const rng = [0.3, -1, 2, 0.5, 0, 1, -0.7, 1.2, 0.1, 2, -2, 0.4];
  for (const steps of [2, 4]) {
    const rows = Array.from({ length: steps }, (_, t) => rng.slice(3 * t, 3 * t + 3));
    const out = interpret(graph, {
      x: ref("float32", [1, steps, 3], Float64Array.from(rows.flat())),
      t: ref("int64", [1, 2], Float64Array.of(1, 2)),
    });
    expect(out[loss.name]?.data[0]).toBeCloseTo(byEnumeration(rows, [1, 2], 0), 9);
  }
});
