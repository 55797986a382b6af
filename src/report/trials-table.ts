import { formatIssue } from "../base/index.js";
import type { SearchDocument, TrialDocument } from "../study/index.js";
import { escapeHtml, shorten } from "./escape.js";
import { standingOf } from "./facts.js";
import { bytes, count, duration, fixed, milliseconds, score, scoreName, short } from "./format.js";

/** All trials as a table. Sorting, filtering and the genotype on demand come from the page's script. */
export function trialsTable(d: SearchDocument): string {
  if (d.trials.length === 0) return `<p>No trial has begun.</p>`;
  const columns = [
    ["Trial", "n"],
    ["State", ""],
    [d.metric === "accuracy" ? "Accuracy" : scoreName(d.metric), "n"],
    ["Parameters", "n"],
    ["MACs", "n"],
    ["Weights", "n"],
    ["Peak act.", "n"],
    ["Latency", "n"],
    ["Epochs", "n"],
    ["Time", "n"],
    ["Origin", ""],
  ] as const;
  const head = columns
    .map(
      ([name, kind], i) =>
        `<th scope="col"${kind === "" ? "" : ` class="${kind}"`}${i === 0 ? ' aria-sort="ascending"' : ""}><button type="button">${name}</button></th>`,
    )
    .join("");
  const seen = new Set<number>();
  const rows = d.trials.map((t) => row(t, d, !seen.has(t.number) && seen.add(t.number).size > 0));
  return [
    `<form class="filter" id="filter"><label>Find <input type="search" id="find" placeholder="number, origin, state" autocomplete="off"></label>`,
    `<label>Show <select id="show"><option value="">all trials</option><option value="f">the Pareto front</option><option value="c">complete</option><option value="s">stopped early</option><option value="x">failed</option></select></label>`,
    `<output id="shown" aria-live="polite">${count(d.trials.length)} of ${count(d.trials.length)}</output></form>`,
    `<div class="scroll tall" tabindex="0" role="region" aria-label="Table of trials"><table id="trials"><thead><tr>${head}</tr></thead><tbody>`,
    rows.join(""),
    `</tbody></table></div>`,
  ].join("");
}

const STATES: Readonly<Record<TrialDocument["state"], string>> = {
  complete: "complete",
  stopped: "stopped",
  failed: "failed",
  running: "running",
  waiting: "waiting",
};

function row(t: TrialDocument, d: SearchDocument, first: boolean): string {
  const standing = standingOf(t, d);
  const mark =
    standing === "winner" ? " ★" : standing === "front" ? " ◆" : standing === "infeasible" ? " ⊘" : "";
  const origin = t.parent === undefined ? t.origin : `${t.origin} of ${t.parent}`;
  const cells = [
    `<td><button>${t.number}</button></td>`,
    `<td${t.error === undefined ? "" : ` title="${escapeHtml(shorten(formatIssue(t.error), 300))}"`}>${STATES[t.state]}${mark}</td>`,
    ...[
      score(t.valAccuracy, d.metric),
      count(t.params),
      short(t.macs),
      bytes(t.weightBytes),
      bytes(t.peakActivationBytes),
      milliseconds(t.latencyMs),
      count(t.epochs),
      t.seconds < 600 ? `${fixed(t.seconds, 1)}\u202Fs` : duration(t.seconds),
    ].map((text) => `<td>${escapeHtml(text)}</td>`),
    `<td>${escapeHtml(shorten(origin, 40))}</td>`,
  ];
  const kind = standing === "plain" ? "" : ` class="${standing}"`;
  return `<tr${first ? ` id="trial-${t.number}"` : ""}${kind}>${cells.join("")}</tr>`;
}
