/** `morph search`: the main job. */
import type { CommandSpec } from "./command.js";
import { numberOf, textOf } from "./command.js";
import { accessOf, LANGUAGE_OPTIONS } from "./language-options.js";
import { runStudy } from "./run-study.js";
import {
  BUDGET_OPTIONS,
  DEVICE_OPTION,
  DIR_OPTION,
  deviceOf,
  LIMIT_OPTIONS,
  limitsOf,
  OBJECTIVES_OPTION,
  objectivesOf,
  TRAINING_OPTIONS,
  trainingOf,
} from "./search-options.js";
import { parseStrategyOptions, STRATEGY_OPTION } from "./strategy-options.js";
import { parseWhole } from "./units.js";

export const search: CommandSpec = {
  name: "search",
  summary: "find and train a network that fits your data and keeps your limits",
  about:
    "Searches, trains the winner and writes best.onnx, card.json and report.html. Without options it takes " +
    "real handwritten digits. Ctrl-C stops cleanly; morph resume goes on.",
  examples: [
    ["morph search", "handwritten digits, about two minutes"],
    ["morph search --data ./photos --time 25m", "a folder of images, one folder for each class"],
    ["morph search --data iris.csv --target species", "a table"],
    ["morph search --space digits.onnx --max-params 20k", "around a trained network, weights inherited"],
    ["morph search --max-params 50k --max-latency 1", "limits that no result may break"],
    [
      "morph search --space einspace --start resnet8,vit-small",
      "known networks first, then what they lead to",
    ],
    [
      "morph search --strategy genius --endpoint http://localhost:11434/v1 --model NAME --trials 10",
      "a language model proposes",
    ],
    ["morph search --trials 20 --seed 7 --json", "one JSON document on stdout"],
  ],
  options: [
    {
      flags: "-d, --data <data>",
      description: "a name (morph data lists them) or a path: image folder, CSV, Parquet, IDX, NPY, NPZ",
    },
    { flags: "--target <column>", description: "the column to predict, for tables" },
    {
      flags: "-s, --space <name>",
      description: "search space, or an ONNX file to search around (default: what suits the data)",
    },
    {
      flags: "--replace-head",
      description: "of an ONNX file as space: a new last layer, for other classes",
    },
    {
      flags: "--start <names>",
      description: "named points of the space to try first (morph space NAME lists them)",
    },
    { flags: "--strategy <name>", description: "how to search (default: regularized-evolution)" },
    STRATEGY_OPTION,
    OBJECTIVES_OPTION,
    {
      flags: "--seed <n>",
      description: "same seed, machine and one worker: same result (default: 0)",
      parse: parseWhole,
    },
    { flags: "--study <name>", description: "name of the study, to resume and show it by" },
    DEVICE_OPTION,
    DIR_OPTION,
    ...BUDGET_OPTIONS,
    ...TRAINING_OPTIONS,
    ...LIMIT_OPTIONS,
    ...LANGUAGE_OPTIONS,
  ],
  async run(_args, options, cli) {
    const { search: begin } = await import("../study/index.js");
    const { writeReport } = await import("../report/index.js");
    const language = await accessOf(options, cli);
    return runStudy(cli, () =>
      begin({
        language,
        data: textOf(options, "data"),
        target: textOf(options, "target"),
        space: textOf(options, "space"),
        replaceHead: options.replaceHead === true,
        start: textOf(options, "start")?.split(","),
        strategy: textOf(options, "strategy"),
        strategyOptions: parseStrategyOptions(textOf(options, "option")),
        objectives: objectivesOf(options),
        trials: numberOf(options, "trials"),
        timeMs: numberOf(options, "time"),
        limits: limitsOf(options),
        budget: trainingOf(options),
        seed: numberOf(options, "seed"),
        workers: numberOf(options, "workers"),
        device: deviceOf(options),
        study: textOf(options, "study"),
        dir: textOf(options, "dir"),
        writeReport,
        signal: cli.signal,
      }),
    );
  },
};
