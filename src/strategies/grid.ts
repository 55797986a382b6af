import { fail, rngOf } from "../base/index.js";
import { enumerate, type Schema, size } from "../schema/index.js";
import { defineStrategy } from "./define.js";

/** Most points of a grid: they are kept in memory. */
const MOST = 200_000;

/**
 * Every point of the space once, reals by evenly spaced values. The order strides through the enumeration by the
 * golden ratio from a place that the seed names, so that a search that ends early has seen all parts of the space.
 */
export const grid = defineStrategy({
  name: "grid",
  description: "every point once, in strides; for spaces of up to 200,000 points",
  options: { steps: 5 },
  check: ({ steps }) =>
    Number.isSafeInteger(steps) && steps >= 2 ? undefined : "steps must be a whole number of at least 2",
  accepts(schema) {
    const { count, log10 } = size(schema);
    if (count !== undefined ? count <= MOST : log10 <= Math.log10(MOST)) return undefined;
    return `a space of at most ${MOST.toLocaleString("en-US")} points (quasi-random spreads over larger ones)`;
  },
  start: (): Grid => ({ points: undefined }),
  tell: (state) => state,
  ask(state, { schema, options, trial, attempt, tools }) {
    state.points ??= pointsOf(schema, options.steps);
    const count = state.points.length;
    const first = count === 0 ? 0 : rngOf(tools.seed, "grid").int(count);
    const place = (first + strideOf(count) * (trial + attempt)) % count;
    const point =
      state.points[place] ?? fail("space_unsatisfiable", { expected: "a space with at least one point" });
    return { genotype: point, origin: "grid" };
  },
});

/** The points are a function of the schema and the options; kept for the next question. */
interface Grid {
  points: readonly unknown[] | undefined;
}

function pointsOf(schema: Schema<unknown>, steps: number): readonly unknown[] {
  const points: unknown[] = [];
  for (const point of enumerate(schema, { grid: steps })) {
    points.push(point);
    if (points.length >= MOST) break;
  }
  return points;
}

/** A step that is prime to the number of points, near its golden section. */
function strideOf(count: number): number {
  let stride = Math.max(1, Math.round(count * 0.618_033_988_749_895));
  while (gcd(stride, count) !== 1) stride++;
  return stride;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
