/** `morph show`: one study, with its Pareto front and its last trials. */
import { ExitCode } from "../base/index.js";
import type { SearchDocument, TrialDocument } from "../study/index.js";
import { type CommandSpec, numberOf, textOf } from "./command.js";
import { printResult } from "./run-study.js";
import { formatScore, metricName } from "./score.js";
import { DIR_OPTION } from "./search-options.js";
import { namedOrNewest } from "./studies.js";
import { table } from "./table.js";
import type { Painter } from "./terminal.js";
import { formatCount, formatDuration, parseCount, parseWhole } from "./units.js";

const DEFAULT_ROWS = 12;

export const show: CommandSpec = {
  name: "show",
  summary: "one study: limits, trials, Pareto front, winner",
  examples: [
    ["morph show", "the newest study"],
    ["morph show mnist-1 --top 30", "with more of its trials"],
    ["morph show mnist-1 --json", "all of it, as morph search --json prints it"],
    ["morph show mnist-1 --transcript > t.jsonl", "its conversations with a language model, to replay"],
  ],
  arguments: [{ name: "[study]", description: "name or folder of a study (default: the newest)" }],
  options: [
    { flags: "--top <n>", description: `trials to show (default: ${DEFAULT_ROWS})`, parse: parseCount },
    {
      flags: "--transcript",
      description: "what was asked of a language model and what it answered, an exchange a line (JSON Lines)",
    },
    { flags: "--trial <n>", description: "of the transcript: this trial alone", parse: parseWhole },
    DIR_OPTION,
  ],
  async run([given], options, cli) {
    const { readStudy, readTranscript } = await import("../study/index.js");
    const dir = textOf(options, "dir");
    const name = await namedOrNewest(given, dir);
    if (options.transcript === true) {
      const { toLine } = await import("../language/index.js");
      const exchanges = await readTranscript(name, { dir, trial: numberOf(options, "trial") });
      for (const it of exchanges) cli.stdout.write(toLine(it));
      return ExitCode.ok;
    }
    const document = await readStudy(name, { dir });
    await printResult(cli, document);
    if (!cli.json) {
      const rows = numberOf(options, "top") ?? DEFAULT_ROWS;
      cli.stdout.write(`\n${trialTable(document, rows, cli.paint.out)}`);
    }
    return ExitCode.ok;
  },
};

/** The best trials by score; those that no other beats carry a star. */
function trialTable({ trials, pareto, metric }: SearchDocument, rows: number, paint: Painter): string {
  const front = new Set(pareto);
  const score = ({ valAccuracy }: TrialDocument) => valAccuracy ?? Number.NEGATIVE_INFINITY;
  const best = [...trials].sort((a, b) => score(b) - score(a) || a.number - b.number).slice(0, rows);
  const columns = ["trial", metricName(metric), "params", "MACs", "latency", "epochs", "time"];
  return table(
    [
      ...columns.map((title) => ({ title, right: true })),
      { title: "state" },
      { title: `${front.size} on the Pareto front` },
    ],
    best.map((trial) => [
      String(trial.number),
      trial.valAccuracy === null ? "" : formatScore(trial.valAccuracy, metric),
      formatCount(trial.params),
      formatCount(trial.macs),
      trial.latencyMs === null ? "" : formatDuration(trial.latencyMs),
      String(trial.epochs),
      formatDuration(trial.seconds * 1e3),
      trial.state,
      front.has(trial.number) ? "*" : "",
    ]),
    paint,
  );
}
