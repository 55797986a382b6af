import { escapeHtml } from "./escape.js";
import { plot, polyline } from "./plot.js";
import { linearScale } from "./scale.js";
import { PAGE_STYLE } from "./style.js";

/** What the page shows of an experiment: a claim, the rule declared before the run, and what was measured. */
export interface ExperimentView {
  readonly paper: number;
  readonly title: string;
  readonly claim: string;
  readonly data: string;
  readonly baseline: string;
  readonly method: string;
  readonly units: string;
  readonly axes?: { readonly x: string; readonly y: string };
  readonly seeds: readonly number[];
  readonly measurements: Readonly<
    Record<string, { readonly values: readonly number[]; readonly mean: number; readonly std: number }>
  >;
  readonly curves?: Readonly<Record<string, readonly (readonly [x: number, y: number])[]>>;
  readonly judgements: readonly {
    readonly verdict: string;
    readonly condition: string;
    readonly found: string;
  }[];
  readonly verdict: string;
  readonly seconds: number;
  readonly date: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly hardware: string;
}

const INKS = ["#2f6f8f", "#b5542b", "#5c7f34", "#7a4f94", "#8a7430"] as const;

/** One HTML page of experiments with plots; it needs no network. */
export function experimentPage(list: readonly ExperimentView[]): string {
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1"><title>Reproductions</title>',
    `<style>${PAGE_STYLE}main{max-width:960px;margin:0 auto;padding:24px}.cols{display:grid;grid-template-columns:repeat(auto-fit,minmax(380px,1fr));gap:24px}table{border-collapse:collapse;margin:12px 0}td,th{padding:4px 12px 4px 0;text-align:left;vertical-align:top}.v{font-weight:600}</style>`,
    "</head><body><main><h1>Reproductions</h1>",
    "<p>The rule of each experiment was declared before it ran; the verdict is computed from the measurements.</p>",
    ...list.map(section),
    "</main></body></html>\n",
  ].join("");
}

function section(it: ExperimentView): string {
  const rows = it.judgements.map(
    (one) =>
      `<tr><td>${escapeHtml(one.condition)}</td><td>${escapeHtml(one.found)}</td><td class="v">${escapeHtml(one.verdict)}</td></tr>`,
  );
  const facts = [
    ["Claim", it.claim],
    ["Data", it.data],
    ["Baseline", it.baseline],
    ["Method", it.method],
    ["Run", `${it.seeds.length} seeds, ${it.seconds.toFixed(1)} s, ${it.date}, ${it.hardware}`],
    [
      "Versions",
      Object.entries(it.versions)
        .map((pair) => pair.join(" "))
        .join(", "),
    ],
  ] as const;
  return [
    `<section id="paper-${it.paper}"><h2>${it.paper} · ${escapeHtml(it.title)}: ${escapeHtml(it.verdict)}</h2>`,
    `<table>${facts.map(([name, text]) => `<tr><th>${name}</th><td>${escapeHtml(text)}</td></tr>`).join("")}</table>`,
    `<table><tr><th>Rule</th><th>Found</th><th>Verdict</th></tr>${rows.join("")}</table>`,
    `<div class="cols"><div>${courses(it)}</div><div>${seedsPlot(it)}</div></div></section>`,
  ].join("");
}

/** Means over the course of a run, a line for each name. */
function courses(it: ExperimentView): string {
  const lines = Object.entries(it.curves ?? {});
  const points = lines.flatMap(([, curve]) => curve);
  if (points.length === 0 || it.axes === undefined) return "";
  const { axes } = it;
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return plot(
    {
      width: 440,
      height: 280,
      label: `${axes.y} over ${axes.x}`,
      x: {
        title: axes.x,
        scale: (range) => linearScale(Math.min(...xs), Math.max(...xs), range),
        text: short,
      },
      y: {
        title: axes.y,
        scale: (range) => linearScale(Math.min(...ys), Math.max(...ys), range),
        text: short,
      },
    },
    (frame) =>
      lines
        .map(([name, curve], i) => {
          const ink = INKS[i % INKS.length];
          const at = curve.map(([x, y]) => [frame.x(x), frame.y(y)] as const);
          const key = `<text x="${frame.right - 8}" y="${frame.bottom - 10 - 16 * (lines.length - 1 - i)}" text-anchor="end" fill="${ink}">${escapeHtml(name)}</text>`;
          return `<path d="${polyline(at)}" fill="none" stroke="${ink}" stroke-width="2"/>${key}`;
        })
        .join(""),
  );
}

/** Every seed a dot, the mean a bar: a column for each name. */
function seedsPlot(it: ExperimentView): string {
  const columns = Object.entries(it.measurements);
  const values = columns.flatMap(([, one]) => one.values);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (columns.length === 0) return "";
  const room = high > low ? 0.05 * (high - low) : Math.max(1, Math.abs(high)) * 0.05;
  return plot(
    {
      width: 440,
      height: 280,
      label: `${it.units}, each seed`,
      x: { title: "", scale: (range) => linearScale(0, columns.length, range), text: () => "" },
      y: { title: it.units, scale: (range) => linearScale(low - room, high + room, range), text: short },
    },
    (frame) =>
      columns
        .map(([name, { values: list, mean }], i) => {
          const ink = INKS[i % INKS.length];
          const middle = frame.x(i + 0.5);
          const dots = list
            .map((value, k) => {
              const aside = 22 * (((k * 0.618034) % 1) - 0.5);
              return `<circle cx="${(middle + aside).toFixed(1)}" cy="${frame.y(value).toFixed(1)}" r="2.6" fill="${ink}" fill-opacity=".55"/>`;
            })
            .join("");
          const bar = `<path d="M${(middle - 22).toFixed(1)} ${frame.y(mean).toFixed(1)}h44" stroke="${ink}" stroke-width="2.5"/>`;
          return `${dots}${bar}<text x="${middle.toFixed(1)}" y="${frame.bottom + 17}" text-anchor="middle">${escapeHtml(name)}</text>`;
        })
        .join(""),
  );
}

function short(value: number): string {
  return String(Number(value.toPrecision(5)));
}
