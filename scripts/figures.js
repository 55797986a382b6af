#!/usr/bin/env node
// Writes the table of measured figures into the README, from the documents in bench/results and from nothing else.
// A benchmark that has not been run has no row; without any there is no table. With --print it only shows the table.
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const ROOT = new URL("../", import.meta.url);
const README = new URL("README.md", ROOT);
const [BEGIN, END] = ["<!-- figures -->", "<!-- /figures -->"];

function resultOf(name) {
  const file = new URL(`bench/results/${name}.json`, ROOT);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
/** One run has no spread. */
const spread = (runs, text) => (runs.length > 1 ? ` ± ${text}` : "");
const percent = ({ mean: m, std }, runs) =>
  `${(100 * m).toFixed(2)} %${spread(runs, (100 * std).toFixed(2))}`;
const number = ({ mean: m, std }, runs) => `${m.toFixed(3)}${spread(runs, std.toFixed(3))}`;
const time = (seconds) => (seconds < 300 ? `${Math.round(seconds)} s` : `${(seconds / 60).toFixed(0)} min`);

function rows() {
  const digits = resultOf("search-digits");
  const images = resultOf("search-images");
  const tables = resultOf("search-tables");
  const row = (what, score, runs) => [
    what,
    score,
    String(runs.length),
    (100 * mean(runs.map((r) => r.linearBaseline))).toFixed(2).concat(" %"),
    time(mean(runs.map((r) => r.seconds))),
  ];
  return [
    ...(digits === undefined
      ? []
      : [row("digits, `morph search`", percent(digits.testAccuracy, digits.runs), digits.runs)]),
    ...(images === undefined
      ? []
      : [
          row(
            `colour images, \`${images.command.replace(" --seed S", "")}\``,
            percent(images.testAccuracy, images.runs),
            images.runs,
          ),
        ]),
    ...(tables?.results ?? []).map((it) => {
      const format = it.metric === "r2" ? number : percent;
      return [
        `table \`${it.data}\`, ${it.metric === "r2" ? "R²" : "accuracy"}`,
        format(it.test, it.runs),
        String(it.runs.length),
        format(it.linear, it.runs),
        time(mean(it.runs.map((r) => r.seconds))),
      ];
    }),
  ];
}

function figures() {
  const body = rows();
  if (body.length === 0) return "";
  const head = ["search", "test score", "seeds", "linear model", "time"];
  const machines = ["search-digits", "search-images", "search-tables"].flatMap(
    (name) => resultOf(name) ?? [],
  );
  const where = [...new Set(machines.map(({ machine }) => machine))].join("; ");
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [
    "## Figures",
    "",
    `Mean and standard deviation over the seeds, of the exported file on test data (${where}).`,
    "[bench](bench) has the programs and the single runs.",
    "",
    line(head),
    line(head.map(() => "---")),
    ...body.map(line),
    "",
  ].join("\n");
}

const text = readFileSync(README, "utf8");
const [before, rest] = text.split(BEGIN);
const after = rest?.split(END)[1];
if (after === undefined) throw new Error(`README.md has no ${BEGIN} and ${END}`);
const wanted = `${before}${BEGIN}\n${figures()}${END}${after}`;
if (process.argv.includes("--print")) process.stdout.write(wanted);
else writeFileSync(README, wanted);
