/** `morph train`: one architecture of the zoo on your data. */
import { ExitCode, isIssue, MorphError } from "../base/index.js";
import type { Recipe } from "../train/index.js";
import type { Architecture } from "../zoo/index.js";
import { type Cli, type CommandSpec, note, numberOf, type Options, textOf, writeJson } from "./command.js";
import { costParts, formatScore, metricName } from "./score.js";
import { parseSettings } from "./settings.js";
import { facts, table } from "./table.js";
import { trainArchitecture } from "./train-run.js";
import { formatDuration, parseCount, parseNumber, parseWhole } from "./units.js";

const DEFAULT_EPOCHS = 10;

export const train: CommandSpec = {
  name: "train",
  summary: "train one architecture on your data",
  about:
    "Trains with the architecture's own recipe, exports, and scores the exported file on test data that " +
    "training never saw. Without a name it lists the architectures.",
  examples: [
    ["morph train", "the architectures and their settings"],
    ["morph train resnet8 --data mnist --epochs 5 --out resnet8.onnx", "handwritten digits"],
    ["morph train mlp --data iris.csv --target species", "a table"],
    ["morph train resnet20 --data ./photos --set width=32", "your images, a wider network"],
  ],
  arguments: [{ name: "[architecture]", description: "a name of the zoo" }],
  options: [
    { flags: "-d, --data <data>", description: "a name (morph data lists them) or a path (default: mnist)" },
    { flags: "--target <column>", description: "the column to predict, for tables" },
    {
      flags: "-e, --epochs <n>",
      description: `times through the training data (default: ${DEFAULT_EPOCHS})`,
      parse: parseCount,
    },
    { flags: "--set <name=value>", description: "settings of the architecture; several with commas" },
    {
      flags: "-o, --out <file>",
      description: "write the trained network there (default: ARCHITECTURE.onnx)",
    },
    { flags: "--seed <n>", description: "of everything random (default: 0)", parse: parseWhole },
    {
      flags: "--threads <n>",
      description: "of the runtime (default: 1)",
      parse: (text, option) => parseWhole(text, option, 1),
    },
    {
      flags: "--batch-size <n>",
      description: "examples in a step",
      parse: parseCount,
      group: "Instead of the architecture's recipe",
    },
    {
      flags: "--learning-rate <x>",
      description: "at its highest, after the warm-up",
      parse: parseNumber,
      group: "Instead of the architecture's recipe",
    },
  ],
  async run([name], options, cli) {
    const { listArchitectures, resolveSettings, zooOf } = await import("../zoo/index.js");
    if (name === undefined) {
      listAll(cli, listArchitectures());
      return ExitCode.ok;
    }
    const architecture = zooOf(name);
    const given = parseSettings(textOf(options, "set"), architecture);
    const settings = resolveSettings(name, architecture.settings, given);
    if (isIssue(settings)) throw new MorphError(settings, { exitCode: ExitCode.usage });
    const epochs = numberOf(options, "epochs") ?? DEFAULT_EPOCHS;
    const document = await trainArchitecture({
      architecture,
      settings,
      recipe: recipeOf(architecture.recipe, options),
      data: textOf(options, "data") ?? "mnist",
      target: textOf(options, "target"),
      epochs,
      seed: numberOf(options, "seed") ?? 0,
      threads: numberOf(options, "threads") ?? 1,
      out: textOf(options, "out") ?? `${name}.onnx`,
      signal: cli.signal,
      onEpoch: ({ epoch, trainLoss, valAccuracy, seconds, metric }) =>
        note(
          cli,
          `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}  loss ${trainLoss.toFixed(4)}  ` +
            `validation ${metricName(metric)} ${formatScore(valAccuracy, metric)}  ${formatDuration(seconds * 1e3)}`,
        ),
    });
    if (cli.json) writeJson(cli, document);
    else {
      const { metric } = document;
      const score = cli.paint.out.green(formatScore(document.testAccuracy, metric));
      cli.stdout.write(
        facts(
          [
            [
              "network",
              `${name} on ${document.data.name}, ${epochs} epochs, ${formatDuration(document.seconds * 1e3)}`,
            ],
            [
              `test ${metricName(metric)}`,
              `${score} (the exported file on ${document.data.test} raw examples)`,
            ],
            ["costs", costParts(document).join(", ")],
            ["model", document.onnx],
          ],
          cli.paint.out,
        ),
      );
    }
    return ExitCode.ok;
  },
};

function recipeOf(recipe: Recipe, options: Options): Recipe {
  return {
    ...recipe,
    batchSize: numberOf(options, "batchSize") ?? recipe.batchSize,
    learningRate: numberOf(options, "learningRate") ?? recipe.learningRate,
  };
}

function listAll(cli: Cli, all: readonly Architecture[]): void {
  if (cli.json) {
    const architectures = all.map(({ name, description, settings, recipe }) => ({
      name,
      description,
      settings,
      recipe,
    }));
    writeJson(cli, { schema: "morph.architectures/1", architectures });
    return;
  }
  cli.stdout.write(
    table(
      [{ title: "name" }, { title: "what" }, { title: "settings" }],
      all.map(({ name, description, settings }) => [
        name,
        description,
        Object.entries(settings)
          .map(([key, { default: value }]) => `${key}=${value}`)
          .join(", "),
      ]),
      cli.paint.out,
    ),
  );
}
