import { formatIssue } from "../base/index.js";
import type { SearchDocument, TrialDocument } from "../study/index.js";
import { charChart } from "./braille.js";
import { shorten, shortenMiddle } from "./escape.js";
import { bestSoFar, checkLimits, countStates, type LimitCheck } from "./facts.js";
import {
  COST_NAMES,
  cost,
  count,
  duration,
  milliseconds,
  percent,
  plural,
  score,
  scoreName,
  short,
} from "./format.js";

export interface TerminalOptions {
  /** ANSI colours. Default false. */
  readonly color?: boolean;
  /** Columns; lines are never longer. Default 80, at least 60. */
  readonly width?: number;
  /** Braille, bars and stars; without it plain ASCII. Default true. */
  readonly unicode?: boolean;
  /** How a path is written; as it is where left out. */
  readonly path?: (path: string) => string;
}

/** The end of a search in a terminal: the result, limits against measured values, the front, the files. */
export function renderTerminal(d: SearchDocument, options: TerminalOptions = {}): string {
  const page = new Page(Math.max(60, options.width ?? 80), options.color ?? false, options.unicode ?? true);
  const blocks = [
    title(d, page),
    result(d, page),
    chart(d, page),
    limits(d, page),
    front(d, page),
    closing(d, page),
    files(d, page, options.path ?? ((path) => path)),
  ];
  const lines = blocks.filter((b) => b.length > 0).flatMap((b) => ["", ...b]);
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

const STYLES = { bold: "1", dim: "2", red: "31", green: "32", blue: "34", cyan: "36" } as const;
type Style = keyof typeof STYLES;

class Page {
  constructor(
    readonly width: number,
    private readonly color: boolean,
    readonly unicode: boolean,
  ) {}

  paint(style: Style, text: string): string {
    return this.color && text !== "" ? `\u001B[${STYLES[style]}m${text}\u001B[0m` : text;
  }

  /** Text of others, made harmless (no escape sequences, no line breaks), plain where only ASCII is wanted. */
  text(text: string): string {
    const safe = text.replace(CONTROL, "?").replaceAll("\u202F", " ");
    if (this.unicode) return safe;
    return safe
      .replaceAll("≤", "<=")
      .replaceAll("−", "-")
      .replaceAll("–", "-")
      .replaceAll("…", "...")
      .replaceAll("²", "2")
      .replaceAll("·", "|")
      .replace(/[^ -~]/gu, "?");
  }

  /** Cells to a row: the first column to the left, the others to the right. */
  row(cells: readonly string[], widths: readonly number[]): string {
    return cells
      .slice(0, widths.length)
      .map((cell, i) => {
        const wide = widths[i] ?? 0;
        const text = this.text(cell);
        return i === 0 ? shorten(text, wide).padEnd(wide) : text.padStart(wide);
      })
      .join("");
  }
}

const CONTROL = /\p{Cc}|[\u2028\u2029\u202A-\u202E\u2066-\u2069]|\p{Cs}/gu;

function title(d: SearchDocument, page: Page): string[] {
  const states = countStates(d);
  const done = states.complete + states.stopped + states.failed;
  const text = [
    d.study,
    d.data.name,
    d.state,
    `${plural(done, "trial")}${states.failed > 0 ? ` (${count(states.failed)} failed)` : ""}`,
    duration(d.seconds),
  ].map((part) => shorten(page.text(part), 30));
  return [page.paint("dim", shorten(`  ${text.join(page.text(" · "))}`, page.width))];
}

function result(d: SearchDocument, page: Page): string[] {
  const { best, metric } = d;
  if (best === null) {
    const failed = d.trials.find((t) => t.error !== undefined);
    const why =
      failed?.error !== undefined
        ? formatIssue(failed.error)
        : d.trials.length === 0 && d.rejected.count > 0
          ? `${plural(d.rejected.count, "candidate")} sampled, every one beyond a limit`
          : "no trial is complete";
    return [
      `  ${page.paint("bold", "No network yet")}`,
      `  ${page.paint("dim", shorten(page.text(why), page.width - 2))}`,
    ];
  }
  const name = scoreName(metric);
  const head = `${score(best.testAccuracy, metric)} ${metric === "accuracy" ? "test accuracy" : `test ${name}`}`;
  const tail = `trial ${best.number}, ${score(best.valAccuracy, metric)} on validation`;
  const costs = `${count(best.params)} parameters, ${short(best.macs)} MACs, ${milliseconds(best.latencyMs)} a run`;
  const room = page.width - 4 - page.text(head).length;
  return [
    `  ${page.paint("green", page.paint("bold", page.text(head)))}${room > 20 ? page.paint("dim", `  ${shorten(page.text(tail), room)}`) : ""}`,
    `  ${shorten(page.text(costs), page.width - 2)}`,
  ];
}

function chart(d: SearchDocument, page: Page): string[] {
  const points = bestSoFar(d, "trials");
  const [first] = points;
  const last = points.at(-1);
  if (points.length < 3 || first === undefined || last === undefined) return [];
  const labels = [page.text(score(last.best, d.metric)), page.text(score(first.best, d.metric))];
  const left = Math.max(...labels.map((t) => t.length)) + 3;
  // As in the report: accuracies near 100 % are told apart by their error.
  const byError = d.metric === "accuracy" && last.best > 0.9 && last.best <= 1 && first.best >= 0;
  const { rows } = charChart(
    points.map((p) => (byError ? -Math.log(1 - Math.min(p.best, 0.9999)) : p.best)),
    Math.min(64, page.width - left - 2),
    3,
    page.unicode,
  );
  const [top = "", bottom = ""] = labels;
  return [
    ...rows.map((row, i) => {
      const label = i === 0 ? top : i === rows.length - 1 ? bottom : "";
      return `${page.paint("dim", `${label.padStart(left - 1)} `)}${page.paint("blue", row)}`;
    }),
    page.paint(
      "dim",
      `${" ".repeat(left)}best validation ${page.text(scoreName(d.metric))} over ${plural(points.length, "trial")}`,
    ),
  ];
}

function limits(d: SearchDocument, page: Page): string[] {
  const checks = checkLimits(d, d.best ?? undefined).filter((c) => c.limit !== undefined);
  if (checks.length === 0) return [];
  const widths = [page.width < 68 ? 16 : 20, 12, 14, 12];
  const head = page.row(["Limit", "measured", "allowed", "margin"], widths);
  const bar = Math.max(0, Math.min(18, page.width - 68));
  return [page.paint("dim", `  ${head}`), ...checks.map((c) => `  ${limitRow(c, widths, bar, page)}`)];
}

function limitRow(c: LimitCheck, widths: readonly number[], bar: number, page: Page): string {
  const margin = c.used === undefined ? "–" : c.kept === false ? "over" : percent(1 - c.used, 0);
  const text = page.row(
    [
      COST_NAMES[c.name],
      inCell(c.name, c.value),
      c.limit === undefined ? "" : `≤ ${inCell(c.name, c.limit)}`,
      margin,
    ],
    widths,
  );
  const full = Math.round(Math.min(1, c.used ?? 0) * bar);
  const [on, off] = page.unicode ? ["━", "─"] : ["#", "-"];
  const verdict =
    c.kept === undefined
      ? ""
      : c.kept
        ? page.paint("green", page.unicode ? "✓" : "ok")
        : page.paint("red", page.unicode ? "✗" : "!!");
  const gauge =
    bar < 6
      ? ""
      : `${page.paint(c.kept === false ? "red" : "blue", on.repeat(full))}${page.paint("dim", off.repeat(bar - full))}  `;
  return `${text}  ${gauge}${verdict}`;
}

/** A cost in at most ten characters or so: counts beyond a milliard are shortened. */
function inCell(name: LimitCheck["name"], value: number | undefined): string {
  return (name === "params" || name === "macs") && Math.abs(value ?? 0) >= 1e9
    ? short(value)
    : cost(name, value);
}

/** Rows of the front that are shown; a wide front is cut, the best scores stay. */
const MOST_ROWS = 8;

function front(d: SearchDocument, page: Page): string[] {
  const numbers = new Set(d.pareto);
  const rows = d.trials
    .filter((t) => numbers.has(t.number))
    .sort(
      (a, b) => (b.valAccuracy ?? Number.NEGATIVE_INFINITY) - (a.valAccuracy ?? Number.NEGATIVE_INFINITY),
    );
  if (rows.length === 0) return [];
  const widths = [page.width < 68 ? 16 : 20, 12, 14, 12, 14];
  const shown = rows.slice(0, MOST_ROWS);
  const head = page.row(
    ["Pareto front", scoreName(d.metric), "parameters", "MACs", "latency"],
    widths.slice(0, columns(page)),
  );
  return [
    page.paint("dim", `  ${head}`),
    ...shown.map((t) => `  ${frontRow(t, d, widths, page)}`),
    ...(rows.length > shown.length ? [page.paint("dim", `  and ${rows.length - shown.length} more`)] : []),
  ];
}

function columns(page: Page): number {
  return page.width >= 76 ? 5 : 4;
}

function frontRow(t: TrialDocument, d: SearchDocument, widths: readonly number[], page: Page): string {
  const winner = d.best?.number === t.number;
  const star = winner ? (page.unicode ? " ★" : " *") : "";
  // The star is ours: it must not pass through the filter for foreign text.
  const first = `trial ${t.number}${star}`.padEnd(widths[0] ?? 0);
  const rest = page.row(
    ["", score(t.valAccuracy, d.metric), count(t.params), short(t.macs), milliseconds(t.latencyMs)].slice(
      0,
      columns(page),
    ),
    [0, ...widths.slice(1)],
  );
  return winner ? page.paint("bold", first + rest) : first + rest;
}

function closing(d: SearchDocument, page: Page): string[] {
  const lines: string[] = [];
  const { constant, linear } = d.baselines;
  if (d.best !== null) {
    lines.push(
      `Baselines: ${d.metric === "accuracy" ? "most frequent class" : "mean"} ${score(constant, d.metric)}, linear model ${score(linear, d.metric)}`,
    );
  }
  if (d.rejected.count > 0)
    lines.push(`${plural(d.rejected.count, "candidate")} refused by a limit before training`);
  if (d.state !== "finished")
    lines.push(
      `The search is ${d.state === "running" ? "still running" : "interrupted: morph resume goes on"}`,
    );
  return lines.map((line) => page.paint("dim", `  ${shorten(page.text(line), page.width - 2)}`));
}

function files(d: SearchDocument, page: Page, shown: (path: string) => string): string[] {
  if (d.best === null) return [];
  return [
    ["network", d.best.onnx],
    ["card", d.best.card],
    ["report", d.best.report],
  ].map(
    ([name = "", path = ""]) =>
      `  ${page.paint("dim", name.padEnd(9))}${page.paint("cyan", shortenMiddle(page.text(shown(path)), page.width - 11))}`,
  );
}
