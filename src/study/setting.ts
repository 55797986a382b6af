import { rngOf } from "../base/index.js";
import { printGraph } from "../ir/index.js";
import { sample } from "../schema/index.js";
import { buildGenotype, type Space } from "../spaces/index.js";
import type { Setting } from "../strategies/index.js";
import type { Problem } from "../train/index.js";
import type { StudyConfig } from "./config.js";
import { LIMIT_NAMES, type LimitName } from "./types.js";

/** Longest listing of a graph that stands for a space's wiring. */
const LISTED = 6_000;

const LIMITS: Readonly<Record<LimitName, string>> = {
  params: "parameters",
  macs: "multiply-accumulates of one example",
  weightBytes: "bytes of weights",
  peakActivationBytes: "bytes of activations alive at once",
  latencyMs: "milliseconds for one example on one thread",
};

/** A study in words, for strategies that reason in them. */
export function settingFor(
  space: Space,
  problem: Problem,
  config: Pick<StudyConfig, "limits" | "seed" | "dataset">,
): Setting {
  const { limits, dataset } = config;
  const classes = dataset.task === "classification";
  let wiring = space.wiring;
  return {
    task: `Find a network that ${goalOf(problem)} (data set ${dataset.name}: ${dataset.train} examples for training, ${dataset.validation} for validation).`,
    space: space.description,
    // A network is built for it, and few strategies read it.
    get wiring() {
      wiring ??= listing(space, problem, config.seed);
      return wiring;
    },
    measure: classes ? "validation accuracy in %" : "validation R²",
    scale: classes ? 100 : 1,
    limits: LIMIT_NAMES.flatMap((name) =>
      limits[name] === undefined ? [] : [`at most ${limits[name]} ${LIMITS[name]}`],
    ),
  };
}

function goalOf({ task, preprocessing, inputs }: Problem): string {
  const shape = inputs[0]?.shape.join(" × ") ?? "";
  const what =
    preprocessing.kind === "image"
      ? `images of ${preprocessing.channels} × ${preprocessing.height} × ${preprocessing.width}`
      : preprocessing.kind === "table"
        ? `rows of ${preprocessing.numeric.length} numbers and ${preprocessing.categorical.length} categories`
        : `arrays of ${shape}`;
  return task.kind === "classification"
    ? `tells ${task.classes.length} classes of ${what} apart`
    : `predicts a number from ${what}`;
}

/** The graph of one genotype, for spaces that do not say in words how their decisions are wired. */
function listing(space: Space, problem: Problem, seed: number): string {
  const genotype = Object.values(space.seeds ?? {})[0] ?? sample(space.schema, rngOf(seed, "shown"));
  const { network } = buildGenotype(space, problem, genotype);
  const lines = printGraph(network.graph)
    .split("\n")
    // Weights say nothing of the wiring.
    .filter((line) => !/^\s+\S+: \S+ = [[{(\d-]/.test(line));
  const text = lines.join("\n");
  const shown = text.length > LISTED ? `${text.slice(0, LISTED)}\n… (${lines.length} lines in all)` : text;
  return `The graph of ${JSON.stringify(genotype)}, in ONNX operators:\n${shown}`;
}
