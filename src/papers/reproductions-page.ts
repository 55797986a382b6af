import { citationOf } from "./card.js";
import { paperOf } from "./catalogue.js";
import type { RunRecord } from "./record.js";

/** `docs/reproductions.md`, from the recorded results. */
export function reproductionsPage(records: Iterable<RunRecord>, declared: readonly number[]): string {
  const list = [...records];
  const waiting = declared.filter((id) => !list.some((it) => it.paper === id));
  return [
    "# Reproductions",
    "",
    "<!-- Made by `morph reproduce --render docs` from reproductions/*.json. Do not edit. -->",
    "",
    "Each paper's claim is put to a test whose rule was declared before it ran; the verdict is computed from the",
    "measurements. *Inconclusive* means that the seeds do not decide. [How to run them](papers.md#reproductions).",
    "",
    "| paper | claim | verdict | seeds | seconds | date |",
    "| --- | --- | --- | --- | --- | --- |",
    ...list.map(
      (it) =>
        `| [${it.paper}](#paper-${it.paper}) | ${it.claim} | ${it.verdict}${it.quick ? " (quick run)" : ""} | ${it.seeds.length} | ${it.seconds.toFixed(1)} | ${it.date} |`,
    ),
    ...(waiting.length === 0 ? [] : ["", `Declared and not recorded yet: ${waiting.join(", ")}.`]),
    ...list.flatMap(section),
    "",
  ].join("\n");
}

function section(it: RunRecord): string[] {
  const { card } = paperOf(it.paper);
  return [
    "",
    `## Paper ${it.paper}`,
    "",
    `${card.title} (${citationOf(card)}). Verdict: **${it.verdict}**.`,
    "",
    `- Data: ${it.data}.`,
    `- Baseline: ${it.baseline}.`,
    `- Method: ${it.method}`,
    "",
    "| rule | found | |",
    "| --- | --- | --- |",
    ...it.judgements.map((one) => `| ${one.condition} | ${one.found} | ${one.verdict} |`),
    "",
    `| measured (${it.units}) | mean | standard deviation |`,
    "| --- | --- | --- |",
    ...Object.entries(it.measurements).map(
      ([name, { mean, std }]) => `| ${name} | ${short(mean)} | ${short(std)} |`,
    ),
    "",
    `${it.hardware}; ${Object.entries(it.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}.`,
  ];
}

function short(value: number): string {
  return String(Number(value.toPrecision(5)));
}
