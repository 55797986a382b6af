/** Division of examples into training, validation and test, decided by the seed alone. */
import { fail, rngOf } from "../base/index.js";
import type { SplitName } from "./dataset.js";

/** Positions of the examples of each split, ascending. */
export type SplitIndices = Readonly<Record<SplitName, Int32Array>>;

/** Share of the examples that validation and test get, each. */
export const HELD_OUT = 0.1;

/**
 * Stratified: every class keeps its share in each split (largest remainders, so the totals are exact);
 * a class of three or more examples is present in all three.
 * Errors: `too_few_examples`.
 */
export function stratifiedSplit(
  labels: Int32Array,
  classes: number,
  seed: number,
  path: string,
): SplitIndices {
  const groups = groupByClass(labels, classes);
  const quotas = apportion(
    groups.map((g) => g.length),
    Math.round(labels.length * HELD_OUT),
  );
  const split = { train: [] as number[], validation: [] as number[], test: [] as number[] };
  groups.forEach((group, c) => {
    const order = rngOf(seed, "split", c).shuffle(group);
    const held = Math.min(quotas[c] ?? 0, Math.floor((order.length - 1) / 2));
    split.test.push(...order.slice(0, held));
    split.validation.push(...order.slice(held, 2 * held));
    for (const i of order.slice(2 * held)) split.train.push(i);
  });
  return checked(split, labels.length, path);
}

/** Shuffled, for targets that are numbers. Errors: `too_few_examples`. */
export function shuffledSplit(count: number, seed: number, path: string): SplitIndices {
  const order = rngOf(seed, "split").shuffle(Array.from({ length: count }, (_, i) => i));
  const held = Math.max(1, Math.round(count * HELD_OUT));
  const split = {
    test: order.slice(0, held),
    validation: order.slice(held, 2 * held),
    train: order.slice(2 * held),
  };
  return checked(split, count, path);
}

/**
 * Completes a division that came with the data: what is missing of validation and test is carved out of
 * the training examples (stratified where labels are classes).
 */
export function completeSplit(
  given: { train: Int32Array; validation?: Int32Array; test?: Int32Array },
  targets: Int32Array | Float32Array,
  classes: number | undefined,
  seed: number,
  path: string,
): SplitIndices {
  if (given.validation && given.test) {
    return checked(
      { train: given.train, validation: given.validation, test: given.test },
      targets.length,
      path,
    );
  }
  const { train } = given;
  const carved =
    classes !== undefined
      ? stratifiedSplit(
          Int32Array.from(train, (i) => targets[i] ?? 0),
          classes,
          seed,
          path,
        )
      : shuffledSplit(train.length, seed, path);
  const original = (positions: Int32Array) => positions.map((p) => train[p] ?? 0);
  // A part that was given takes the place of the carved one, whose examples stay in training.
  return checked(
    {
      train: [
        ...original(carved.train),
        ...(given.validation ? original(carved.validation) : []),
        ...(given.test ? original(carved.test) : []),
      ],
      validation: given.validation ?? original(carved.validation),
      test: given.test ?? original(carved.test),
    },
    targets.length,
    path,
  );
}

function checked(
  split: Record<SplitName, Int32Array | readonly number[]>,
  count: number,
  path: string,
): SplitIndices {
  const sorted = (positions: Int32Array | readonly number[]) => Int32Array.from(positions).sort();
  const result = {
    train: sorted(split.train),
    validation: sorted(split.validation),
    test: sorted(split.test),
  };
  for (const [name, positions] of Object.entries(result)) {
    if (positions.length > 0) continue;
    fail("too_few_examples", {
      path,
      expected: "enough examples for training, validation and test",
      received: `${count} (none for ${name})`,
      hint: "give more examples: ten a class is the least that makes sense",
    });
  }
  return result;
}

function groupByClass(labels: Int32Array, classes: number): number[][] {
  const groups: number[][] = Array.from({ length: classes }, () => []);
  labels.forEach((label, i) => {
    groups[label]?.push(i);
  });
  return groups;
}

/** Seats for each group in proportion to its size, `total` in all; at least one for groups of three. */
function apportion(sizes: readonly number[], total: number): number[] {
  const all = sizes.reduce((a, b) => a + b, 0);
  const exact = sizes.map((size) => (all > 0 ? (size * total) / all : 0));
  const seats = exact.map((x, i) => Math.max(Math.floor(x), (sizes[i] ?? 0) >= 3 ? 1 : 0));
  const byRemainder = exact
    .map((x, i) => ({ i, remainder: x - (seats[i] ?? 0) }))
    .sort((a, b) => b.remainder - a.remainder || a.i - b.i);
  let left = total - seats.reduce((a, b) => a + b, 0);
  for (const { i, remainder } of byRemainder) {
    if (left <= 0 || remainder <= 0) break;
    seats[i] = (seats[i] ?? 0) + 1;
    left--;
  }
  return seats;
}
