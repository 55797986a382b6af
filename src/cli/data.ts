/** `morph data`: the data sets that are always there, or a description of one (also of files). */
import { ExitCode } from "../base/index.js";
import type { DatasetDescription, InputSpec } from "../data/index.js";
import { type Cli, type CommandSpec, textOf, writeJson } from "./command.js";
import { facts, table } from "./table.js";
import type { Painter } from "./terminal.js";
import { formatBytes } from "./units.js";

/** Classes listed by name; more than that are counted. */
const CLASSES_SHOWN = 20;

export const data: CommandSpec = {
  name: "data",
  summary: "the data sets that are there; what one of them holds",
  examples: [
    ["morph data", "names that always work"],
    ["morph data mnist", "its splits, classes and preprocessing"],
    ["morph data ./photos", "an image folder of your own"],
    ["morph data prices.csv --target price", "a table: which columns are used, and how"],
  ],
  arguments: [{ name: "[data]", description: "a name or a path" }],
  options: [{ flags: "--target <column>", description: "the column to predict, for tables" }],
  async run([spec], options, cli) {
    const { describeDataset, listDatasets, openDataset } = await import("../data/index.js");
    if (spec === undefined) {
      const datasets = listDatasets();
      if (cli.json) writeJson(cli, { schema: "morph.data/1", datasets });
      else {
        cli.stdout.write(
          table(
            [
              { title: "name" },
              { title: "kind" },
              { title: "task" },
              { title: "target" },
              { title: "examples", right: true },
              { title: "what" },
            ],
            datasets.map(({ name, kind, task, target, examples, description }) => [
              name,
              kind,
              task,
              target ?? "",
              String(examples),
              description,
            ]),
            cli.paint.out,
          ),
        );
      }
      return ExitCode.ok;
    }
    await using dataset = await openDataset(spec, { target: textOf(options, "target"), signal: cli.signal });
    const description = describeDataset(dataset);
    if (cli.json) writeJson(cli, { schema: "morph.data/1", ...description });
    else print(cli, description);
    return ExitCode.ok;
  },
};

function print(cli: Cli, it: DatasetDescription): void {
  const { sizes, task } = it;
  const where = it.inMemory ? "in memory" : "read from disk as needed";
  cli.stdout.write(
    facts(
      [
        ["name", it.name],
        ["source", it.source],
        ["task", taskText(task)],
        ["examples", `${sizes.train} to train on, ${sizes.validation} to choose by, ${sizes.test} to test`],
        ["inputs", it.inputs.map(inputText).join(", ")],
        ["size", `${formatBytes(it.bytes)}, ${where}`],
        ["hash", it.hash],
        ...it.notes.map((text, i): [string, string] => [i === 0 ? "notes" : "", text]),
      ],
      cli.paint.out,
    ),
  );
  const details = [preprocessingTable(it, cli.paint.out), targetTable(it, cli.paint.out)];
  for (const text of details) if (text !== "") cli.stdout.write(`\n${text}`);
}

function taskText(task: DatasetDescription["task"]): string {
  return task.kind === "classification"
    ? `classification, ${task.classes.length} classes`
    : `regression of ${task.target} (mean ${short(task.mean)}, standard deviation ${short(task.std)})`;
}

function inputText({ name, dtype, shape }: InputSpec): string {
  return `${name}: ${dtype} [${shape.join(", ")}]`;
}

function preprocessingTable({ preprocessing: p }: DatasetDescription, paint: Painter): string {
  if (p.kind !== "table") return "";
  return table(
    [{ title: "column" }, { title: "kind" }, { title: "what the training rows hold" }],
    [
      ...p.numeric.map(({ name, mean, std, missing }) => [
        name,
        "number",
        `mean ${short(mean)}, standard deviation ${short(std)}${missing > 0 ? `, ${(100 * missing).toFixed(1)} % missing` : ""}`,
      ]),
      ...p.categorical.map(({ name, categories }) => [
        name,
        "category",
        `${categories.length}: ${shorten(categories, 6)}`,
      ]),
    ],
    paint,
  );
}

function targetTable(it: DatasetDescription, paint: Painter): string {
  const columns = (first: string, others: readonly string[]) => [
    { title: first },
    ...others.map((title) => ({ title, right: true })),
  ];
  if (it.classCounts !== undefined) {
    const rows = Object.entries(it.classCounts);
    const shown = rows.slice(0, CLASSES_SHOWN);
    const more = rows.length - shown.length;
    const text = table(
      columns("class", ["train", "validation", "test"]),
      shown.map(([label, { train, validation, test }]) => [label, ...[train, validation, test].map(String)]),
      paint,
    );
    return more > 0 ? `${text}${paint.dim(`and ${more} more classes`)}\n` : text;
  }
  if (it.targetRange === undefined) return "";
  return table(
    columns("target", ["smallest", "largest"]),
    Object.entries(it.targetRange).map(([split, { min, max }]) => [split, short(min), short(max)]),
    paint,
  );
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function shorten(names: readonly string[], count: number): string {
  const shown = names.slice(0, count).join(", ");
  return names.length > count ? `${shown}, …` : shown;
}
