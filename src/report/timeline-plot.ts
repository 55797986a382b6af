import type { SearchDocument } from "../study/index.js";
import { escapeHtml, shorten } from "./escape.js";
import { duration, plural } from "./format.js";
import { round } from "./plot.js";
import { linearScale, niceStep } from "./scale.js";

const WIDTH = 1080;
const LEFT = 92;
/** Lanes drawn at most; a search on more workers shows the busiest ones. */
const MOST_LANES = 64;

/** When each rung of each trial ran: a lane for each worker, a bar for each rung. Empty text without spans. */
export function timelinePlot(document: SearchDocument): string {
  const bars = document.trials.flatMap((t) =>
    t.spans
      .filter((s) => Number.isFinite(s.startMs) && Number.isFinite(s.endMs) && s.endMs >= s.startMs)
      .map((s) => ({ ...s, trial: t.number, failed: t.state === "failed" })),
  );
  if (bars.length === 0) return "";
  const busy = new Map<string, number>();
  for (const b of bars) busy.set(b.worker, (busy.get(b.worker) ?? 0) + b.endMs - b.startMs);
  const shown = [...busy].sort((a, b) => b[1] - a[1]).slice(0, MOST_LANES);
  const lanes = shown.map(([worker]) => worker).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const lane = new Map(lanes.map((worker, i) => [worker, i]));
  const pitch = lanes.length > 24 ? 10 : lanes.length > 8 ? 16 : 30;
  const thickness = pitch - (pitch > 12 ? 8 : 3);
  const end = bars.reduce((m, b) => Math.max(m, b.endMs), 1);
  const x = linearScale(0, end, [LEFT, WIDTH - 8], 8);
  const bottom = 8 + lanes.length * pitch;
  const ticks = clockTicks(end / 1000);
  const rungs = new Map<string, string[]>();
  for (const b of bars) {
    const at = lane.get(b.worker);
    if (at === undefined) continue;
    const kind = b.failed ? "r-failed" : `r${Math.max(0, Math.min(3, Math.floor(b.rung)))}`;
    const from = x(b.startMs);
    const length = Math.max(0.8, x(b.endMs) - from - 0.6);
    const path = `<path d="M${round(from)} ${8 + (at + 0.5) * pitch}h${round(length)}" data-n="${b.trial}"/>`;
    const list = rungs.get(kind);
    if (list === undefined) rungs.set(kind, [path]);
    else list.push(path);
  }
  return [
    `<svg class="plot timeline" viewBox="0 0 ${WIDTH} ${bottom + 28}" role="group" tabindex="0" aria-label="Timeline of ${escapeHtml(plural(document.trials.length, "trial"))} on ${escapeHtml(plural(lanes.length, "worker"))}">`,
    `<g class="grid">`,
    ...ticks.map(
      (t, i) =>
        `<path d="M${round(x(t * 1000))} 4V${bottom}"/><text class="${i === 0 ? "" : "tx"}" x="${round(x(t * 1000))}" y="${bottom + 18}">${escapeHtml(i === 0 ? "0" : duration(t))}</text>`,
    ),
    pitch >= 16
      ? lanes
          .map(
            (w, i) =>
              `<text class="ty" x="${LEFT - 10}" y="${8 + (i + 0.5) * pitch + 4}">${escapeHtml(shorten(w, 13))}</text>`,
          )
          .join("")
      : "",
    `</g>`,
    ...[...rungs].map(
      ([kind, paths]) => `<g class="bars ${kind}" stroke-width="${thickness}">${paths.join("")}</g>`,
    ),
    `</svg>`,
  ].join("");
}

/** Ticks at whole steps of a clock, up to `end` seconds. */
export function clockTicks(end: number, target = 9): number[] {
  const step = timeStep(end, target);
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => i * step);
}

/** Steps that clocks know: 1, 2, 5, 10, 15, 30 s, then minutes and hours alike. */
function timeStep(seconds: number, target: number): number {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400];
  return steps.find((s) => seconds / s <= target) ?? niceStep(seconds, target);
}

/** Highest rung that ran, for the legend. */
export function rungsOf(document: SearchDocument): number {
  return document.trials.reduce((m, t) => Math.max(m, ...t.spans.slice(0, 100).map((s) => s.rung)), -1);
}
