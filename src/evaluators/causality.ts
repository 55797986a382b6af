import { fail, type Issue, issue, rngOf } from "../base/index.js";
import type { Tensor } from "../ir/index.js";
import { buildNetwork, initialWeights, type Network } from "../nn/index.js";
import type { Runtime } from "../runtime/index.js";
import { type Infer, parse, type Schema } from "../schema/index.js";
import { type Space, spaceFor } from "../spaces/index.js";
import { exportGraph, modelOf, type Problem } from "../train/index.js";

/** What a probe found: `kept`, `broken` with where, or that there is no order of time to keep. */
export interface CausalityReport {
  readonly causality: "kept" | "broken" | "not applicable";
  readonly issue?: Issue;
}

/** Places at which inputs are changed. */
const CUTS = 4;
/** Standard deviation of what is added to all first weights. */
const NOISE = 0.1;
/** Relative difference that rounding may make: kernels may sum in another order where shapes are the same but values differ. */
const TOLERANCE = 1e-5;

/**
 * Does a network read the future? The steps of a series go in twice, with random weights, the second time with other values
 * after a step t; what comes out at steps up to t must be the same. Checked on the runtime at several t, the first and
 * the last but one among them. A space says by `steps` that its networks are causal, and what comes out at each step; the
 * networks of others have no order of time to keep.
 */
export async function probeCausality<S extends Schema<unknown>>(
  runtime: Runtime,
  general: Space<S>,
  problem: Problem,
  genotype: unknown,
  seed: number,
): Promise<CausalityReport> {
  const space = spaceFor(general, problem);
  if (space.steps === undefined) return { causality: "not applicable" };
  const shape = seriesShape(problem);
  const network = stepsNetwork(space, shape, genotype);
  const steps = network.graph.outputs[0]?.shape[1];
  if (typeof steps !== "number" || steps < 2) return { causality: "not applicable" };
  return probeNetwork(runtime, network, [1, ...shape], steps, seed);
}

/** As {@link probeCausality}, of any network whose one input and output have their steps on axis 1. */
export async function probeNetwork(
  runtime: Runtime,
  network: Network,
  shape: readonly number[],
  steps: number,
  seed: number,
): Promise<CausalityReport> {
  const [input] = network.graph.inputs;
  if (input === undefined) return { causality: "not applicable" };
  const rng = rngOf(seed, "causality");
  const size = shape.reduce((a, b) => a * b, 1);
  const draw = () => Float32Array.from({ length: size }, () => rng.normal());
  const [base, other] = [draw(), draw()];
  // What begins at zero (the last layer of a branch, say) would hide what it lets through.
  const initial = initialWeights(network, seed);
  const weights = { ...initial, params: initial.params.map((x) => x + NOISE * rng.normal()) };
  await using session = await runtime.load(modelOf(exportGraph(network, weights)), { optimization: "basic" });
  const run = async (data: Float32Array) => {
    const feed: Tensor = { dtype: "float32", dims: shape, data };
    const [out] = Object.values(await session.run({ [input.name]: feed }));
    return Float64Array.from(out?.data ?? [], Number);
  };
  const before = await run(base);
  const width = before.length / steps;
  for (const cut of cutsOf(steps)) {
    // Steps of the input are those of the output: after the cut all is new.
    const from = ((cut + 1) * size) / steps;
    const changed = base.map((x, i) => (i < from ? x : (other[i] ?? x)));
    const after = await run(changed);
    const at = before.findIndex((x, i) => i < (cut + 1) * width && differ(x, after[i] ?? Number.NaN));
    if (at >= 0) {
      return {
        causality: "broken",
        issue: issue("causality_broken", {
          path: `step ${Math.floor(at / width)}`,
          expected: `an output that depends on no input after it`,
          received: `another output when the inputs after step ${cut} changed`,
          hint: "let every operator look back alone",
        }),
      };
    }
  }
  return { causality: "kept" };
}

/** The first step, the last but one, and a few between. */
function cutsOf(steps: number): number[] {
  const last = steps - 2;
  return [...new Set(Array.from({ length: CUTS }, (_, i) => Math.round((i * last) / (CUTS - 1))))];
}

function differ(a: number, b: number): boolean {
  return !(Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a), Math.abs(b)));
}

/** Steps and channels of one example: rows of an image with all their channels, or the array as it is. */
function seriesShape({ preprocessing, inputs }: Problem): readonly number[] {
  if (preprocessing.kind !== "image") return inputs[0]?.shape ?? [];
  const { channels, height, width } = preprocessing;
  return [height, channels * width];
}

function stepsNetwork<S extends Schema<unknown>>(
  space: Space<S>,
  shape: readonly number[],
  genotype: unknown,
): Network {
  const valid = parse(space.schema, genotype, "genotype") as Infer<S>;
  return buildNetwork(
    "steps",
    [{ name: "x", dtype: "float32", shape }],
    (g, [x]) => {
      if (x === undefined || space.steps === undefined)
        return fail("internal", { expected: "a space of series" });
      return { steps: space.steps(g, { kind: "plain", x }, valid) };
    },
    { training: false, batch: 1 },
  );
}
