/** `morph train`: one architecture of the zoo, or the network of an ONNX file, on your data. */
import { basename } from "node:path";
import { ExitCode, fail, isIssue, MorphError, unknownName } from "../base/index.js";
import type { Recipe } from "../train/index.js";
import type { Architecture } from "../zoo/index.js";
import { type Cli, type CommandSpec, note, numberOf, type Options, textOf, writeJson } from "./command.js";
import { costParts, formatScore, metricName } from "./score.js";
import { DEVICE_OPTION, deviceOf } from "./search-options.js";
import { parseSettings } from "./settings.js";
import { facts, table } from "./table.js";
import { type TrainRequest, trainArchitecture } from "./train-run.js";
import { formatDuration, parseCount, parseNumber, parseNumberFromZero, parseWhole } from "./units.js";

const DEFAULT_EPOCHS = 10;

/** By name, so that the help needs no other room; a test compares it with the schedules there are. */
export const SCHEDULES =
  "cosine, constant, linear, polynomial, step, multi-step, exponential, cosine-restarts, one-cycle, inverse-sqrt";

export const train: CommandSpec = {
  name: "train",
  summary: "train one architecture, or an ONNX file further, on your data",
  about:
    "Trains with the architecture's own recipe, exports, and scores the exported file on test data that " +
    "training never saw. A file goes on from its own weights. Without a name it lists the architectures.",
  examples: [
    ["morph train", "the architectures and their settings"],
    ["morph train resnet8 --data mnist --epochs 5 --out resnet8.onnx", "handwritten digits"],
    ["morph train mlp --data iris.csv --target species", "a table"],
    ["morph train resnet20 --data ./photos --set width=32", "your images, a wider network"],
    ["morph train mlp --teacher resnet8.onnx --epochs 20 --patience 5", "a small network from a larger one"],
    ["morph train lenet5 --optimizer sam:rho=0.1+adamw --schedule one-cycle", "another way to train"],
    ["morph train digits.onnx --data ./letters --replace-head", "a trained network, for other classes"],
  ],
  arguments: [{ name: "[architecture]", description: "a name of the zoo, or an ONNX file" }],
  options: [
    { flags: "-d, --data <data>", description: "a name (morph data lists them) or a path (default: mnist)" },
    { flags: "--target <column>", description: "the column to predict, for tables" },
    {
      flags: "-e, --epochs <n>",
      description: `times through the training data (default: ${DEFAULT_EPOCHS})`,
      parse: parseCount,
    },
    { flags: "--replace-head", description: "of an ONNX file: a new last layer, for other classes" },
    { flags: "--set <name=value>", description: "settings of the architecture; several with commas" },
    {
      flags: "-o, --out <file>",
      description: "write the trained network there (default: ARCHITECTURE.onnx, or FILE-trained.onnx)",
    },
    { flags: "--seed <n>", description: "of everything random (default: 0)", parse: parseWhole },
    {
      flags: "--threads <n>",
      description: "of the runtime (default: 1)",
      parse: (text, option) => parseWhole(text, option, 1),
    },
    DEVICE_OPTION,
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
    {
      flags: "--optimizer <text>",
      description: "name:option=value,…; what goes around it before it: ema:decay=0.99+sam:rho=0.1+adamw",
      group: "Instead of the architecture's recipe",
    },
    {
      flags: "--schedule <name>",
      description: `of the learning rate: ${SCHEDULES}`,
      group: "Instead of the architecture's recipe",
    },
    {
      flags: "--warmup-epochs <x>",
      description: "epochs in which the learning rate rises",
      parse: parseNumberFromZero,
      group: "Instead of the architecture's recipe",
    },
    {
      flags: "--weight-decay <x>",
      description: "how strongly weights are drawn to zero",
      parse: parseNumberFromZero,
      group: "Instead of the architecture's recipe",
    },
    {
      flags: "--label-smoothing <x>",
      description: "share of the target that is spread over all classes",
      parse: parseNumberFromZero,
      group: "Instead of the architecture's recipe",
    },
    {
      flags: "--mixup <alpha>",
      description: "train on mixtures of two examples; shares are drawn from Beta(alpha, alpha), such as 0.2",
      parse: parseNumberFromZero,
      group: "Instead of the architecture's recipe",
    },
    {
      flags: "--ema <decay>",
      description: "keep a moving average of the weights, and export that",
      parse: parseNumber,
      group: "How to train",
    },
    {
      flags: "--accumulate <n>",
      description: "batches whose gradients make one step (default: 1)",
      parse: parseCount,
      group: "How to train",
    },
    {
      flags: "--layer-decay <x>",
      description: "learning rate of a layer as a share of the next one's",
      parse: parseNumber,
      group: "How to train",
    },
    {
      flags: "--patience <n>",
      description: "stop after n epochs without a better validation score; the best epoch is exported",
      parse: parseCount,
      group: "How to train",
    },
    {
      flags: "--teacher <file>",
      description: "an ONNX file whose predictions are learned beside the labels",
      group: "Distillation",
    },
    {
      flags: "--temperature <x>",
      description: "how much the teacher's probabilities are evened out (default: 4)",
      parse: parseNumber,
      group: "Distillation",
    },
    {
      flags: "--teacher-weight <x>",
      description: "share of the teacher in the loss (default: 0.9)",
      parse: parseNumberFromZero,
      group: "Distillation",
    },
  ],
  async run([name], options, cli) {
    if (name === undefined) {
      listAll(cli, (await import("../zoo/index.js")).listArchitectures());
      return ExitCode.ok;
    }
    const subject = name.endsWith(".onnx")
      ? await fileOf(name, options, cli)
      : await architectureOf(name, options);
    const epochs = numberOf(options, "epochs") ?? DEFAULT_EPOCHS;
    const document = await trainArchitecture({
      ...subject,
      recipe: await recipeOf(subject.recipe, options),
      data: textOf(options, "data") ?? "mnist",
      target: textOf(options, "target"),
      epochs,
      seed: numberOf(options, "seed") ?? 0,
      threads: numberOf(options, "threads") ?? 1,
      device: deviceOf(options) ?? "cpu",
      out: textOf(options, "out") ?? subject.out,
      accumulate: numberOf(options, "accumulate"),
      layerDecay: numberOf(options, "layerDecay"),
      patience: numberOf(options, "patience"),
      ...(await teacherOptions(options, cli)),
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
              `${name} on ${document.data.name}, ${document.curve.length} epochs, ${formatDuration(document.seconds * 1e3)}`,
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

/** What is trained, and how unless options say otherwise. */
type Subject = Pick<TrainRequest, "name" | "settings" | "body" | "recipe" | "out">;

async function architectureOf(name: string, options: Options): Promise<Subject> {
  const { architectureBody, resolveSettings, zooOf } = await import("../zoo/index.js");
  const architecture = zooOf(name);
  const given = parseSettings(textOf(options, "set"), architecture);
  const settings = resolveSettings(name, architecture.settings, given);
  if (isIssue(settings)) throw new MorphError(settings, { exitCode: ExitCode.usage });
  return {
    name,
    settings,
    recipe: architecture.recipe,
    out: `${name}.onnx`,
    body: (problem) => {
      const objection = architecture.accepts(problem);
      if (objection !== undefined) throw new MorphError(objection, { exitCode: ExitCode.usage });
      return architectureBody(architecture, settings);
    },
  };
}

/** A gentle recipe: the weights are good already. */
const FURTHER: Recipe = {
  batchSize: 64,
  optimizer: "adamw",
  learningRate: 1e-3,
  weightDecay: 0.01,
  labelSmoothing: 0.05,
  warmupEpochs: 0.5,
};

async function fileOf(path: string, options: Options, cli: Cli): Promise<Subject> {
  const [{ loadModel }, { trainableFromModel }] = await Promise.all([
    import("../onnx/index.js"),
    import("../train/index.js"),
  ]);
  if (textOf(options, "set") !== undefined) {
    fail(
      "option_misplaced",
      { path: "--set", hint: "an ONNX file has no settings" },
      { exitCode: ExitCode.usage },
    );
  }
  const model = await loadModel(path, { signal: cli.signal });
  const replaceHead = options.replaceHead === true;
  return {
    name: basename(path),
    settings: { replaceHead },
    recipe: FURTHER,
    out: `${basename(path, ".onnx")}-trained.onnx`,
    body: (problem) => trainableFromModel(model, problem, { replaceHead }),
  };
}

/** The recipe with what the options say instead. Errors: those of optimizers and schedules, as usage. */
async function recipeOf(recipe: Recipe, options: Options): Promise<Recipe> {
  const [{ optimizerOf }, { SCHEDULE_NAMES }] = await Promise.all([
    import("../train/index.js"),
    import("../nn/index.js"),
  ]);
  const schedule = textOf(options, "schedule");
  const named = SCHEDULE_NAMES.find((name) => name === schedule);
  if (schedule !== undefined && named === undefined) unknownName("schedule", schedule, SCHEDULE_NAMES);
  const ema = numberOf(options, "ema");
  const mixup = numberOf(options, "mixup");
  const optimizer = textOf(options, "optimizer") ?? recipe.optimizer;
  const plain = optimizer === "sgd" && ema !== undefined ? "nesterov" : optimizer;
  const result: Recipe = {
    ...recipe,
    batchSize: numberOf(options, "batchSize") ?? recipe.batchSize,
    learningRate: numberOf(options, "learningRate") ?? recipe.learningRate,
    optimizer: ema === undefined ? plain : `ema:decay=${ema}+${plain}`,
    weightDecay: numberOf(options, "weightDecay") ?? recipe.weightDecay,
    labelSmoothing: numberOf(options, "labelSmoothing") ?? recipe.labelSmoothing,
    warmupEpochs: numberOf(options, "warmupEpochs") ?? recipe.warmupEpochs,
    ...(named !== undefined && { schedule: named }),
    ...(mixup !== undefined && { mixup }),
  };
  // A mistake in an optimizer's text shows before any data are read.
  optimizerOf(result);
  if (!(result.labelSmoothing >= 0 && result.labelSmoothing < 1)) {
    fail(
      "bad_value",
      {
        path: "--label-smoothing",
        expected: "a share of at least 0 and below 1",
        received: `${result.labelSmoothing}`,
      },
      { exitCode: ExitCode.usage },
    );
  }
  return result;
}

async function teacherOptions(
  options: Options,
  cli: Cli,
): Promise<Pick<TrainRequest, "teacher" | "distillation">> {
  const path = textOf(options, "teacher");
  const distillation = {
    temperature: numberOf(options, "temperature"),
    weight: numberOf(options, "teacherWeight"),
  };
  if (path === undefined) {
    for (const [flag, value] of [
      ["--temperature", distillation.temperature],
      ["--teacher-weight", distillation.weight],
    ] as const) {
      if (value !== undefined)
        fail(
          "option_misplaced",
          { path: flag, hint: "it belongs to --teacher" },
          { exitCode: ExitCode.usage },
        );
    }
    return {};
  }
  const [{ loadModel }, { teacherOf }] = await Promise.all([
    import("../onnx/index.js"),
    import("../train/index.js"),
  ]);
  return { teacher: { path, ...teacherOf(await loadModel(path, { signal: cli.signal })) }, distillation };
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
