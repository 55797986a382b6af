import { formatIssue, type Json, sha256Hex } from "../base/index.js";
import type { Graph, Model, Node } from "../ir/index.js";
import { LIMIT_NAMES, type SearchDocument } from "../study/index.js";
import type { NodeCost } from "./blocks.js";
import { confusionSection } from "./confusion.js";
import { lossCurves, scoreCurves } from "./curves-plot.js";
import { escapeHtml, jsonForScript, shorten } from "./escape.js";
import { count, percent, plural } from "./format.js";
import { packGenotypes } from "./genotype.js";
import { drawGraph } from "./graph-drawing.js";
import { paretoPlot } from "./pareto-plot.js";
import { progressPlot } from "./progress-plot.js";
import { PAGE_SCRIPT } from "./script.js";
import {
  baselines,
  byline,
  certificate,
  failures,
  headline,
  lineage,
  provenance,
  rejected,
} from "./sections.js";
import { PAGE_STYLE } from "./style.js";
import { rungsOf, timelinePlot } from "./timeline-plot.js";
import { trialsTable } from "./trials-table.js";
import { usage } from "./usage.js";

/** The exported network, for the drawing and the lines of code. */
export interface Winner {
  readonly model: Model | Graph;
  readonly genotype?: Json;
  /** Contents of `card.json`. */
  readonly card?: Json;
  /** Costs of a node; default: params by initializers, MACs by the operators' own rules. */
  readonly costOf?: (node: Node) => NodeCost;
}

/**
 * The report of a search: one HTML file that needs nothing else, online or off. It forbids itself every
 * request by a content security policy. `winner` is left out while there is no network yet.
 */
export function renderReport(d: SearchDocument, winner?: Winner): string {
  const model = winner !== undefined && "graph" in winner.model ? winner.model : undefined;
  const graph =
    winner === undefined ? undefined : "graph" in winner.model ? winner.model.graph : winner.model;
  const card = winner?.card ?? null;
  const parts = [
    section(
      Object.keys(d.limits).length === 0 ? "What it takes" : "The limits",
      "Counted on the exported file; latency is the median of single runs on one thread of this machine.",
      certificate(d),
    ),
    section(
      "Beside simple models",
      `The same ${count(d.data.test)} test examples, which the search never saw.`,
      baselines(d),
    ),
    section(
      "What accuracy costs".replace("accuracy", d.metric === "accuracy" ? "accuracy" : "a better fit"),
      "Every mark is a trial. The line joins those that no other beats in both; hover for details, click for the row in the table.",
      pareto(d),
      true,
    ),
    graph === undefined
      ? ""
      : section(
          "The network",
          "Read from top to bottom. Blocks open on click or Enter; arcs at the left are connections that skip over boxes; bars are a box’s share of the whole.",
          drawing(graph, winner?.costOf),
          true,
        ),
    section(
      "The search",
      "Best score so far, by trial and by the clock.",
      pair(progressPlot(d, "trials"), progressPlot(d, "time")),
      true,
    ),
    section(
      "Who ran what, when",
      "A lane for each worker, a bar for each rung of a trial. Few trials are trained long.",
      timeline(d),
      true,
    ),
    section(
      "Learning curves",
      "All trials faint, the winner strong.",
      pair(scoreCurves(d), lossCurves(d)),
      true,
    ),
    d.best === null
      ? ""
      : section("Right and wrong", "On the test data, by the exported file.", confusionSection(d.best)),
    section("How it came about", "The winner’s ancestors, and what each step changed.", lineage(d)),
    section(
      "All trials",
      `★ winner, ◆ Pareto front, ⊘ breaks a limit. The number opens the genotype.`,
      trialsTable(d) + failures(d),
      true,
    ),
    section("Not tried", "Candidates that a limit refused at once.", rejected(d)),
    graph === undefined
      ? ""
      : section(
          "Use it",
          "Any ONNX runtime opens the file; it has standard operators only.",
          usage(d, graph, model, card),
        ),
    section("Provenance", "What it takes to do this again.", provenance(d, card)),
  ];
  const title =
    d.best === null
      ? d.study
      : `${d.study}: ${d.metric === "accuracy" ? percent(d.best.testAccuracy) : `R² ${d.best.testAccuracy.toFixed(3)}`}`;
  const csp = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${base64Sha256(PAGE_SCRIPT)}'; img-src data:; base-uri 'none'; form-action 'none'`;
  return [
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8">`,
    `<meta http-equiv="Content-Security-Policy" content="${escapeHtml(csp)}">`,
    `<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">`,
    `<link rel="icon" href="data:,"><title>${escapeHtml(shorten(title, 120))} · Morphospace</title>`,
    `<style>${PAGE_STYLE}</style></head><body>`,
    `<header><p class="mark">Morphospace · report of a search</p>${headline(d)}${byline(d)}</header>`,
    `<main>${parts.join("\n")}</main>`,
    `<footer>Made by Morphospace ${escapeHtml(shorten(d.provenance.morphospace, 40))}. This file asks the network for nothing.</footer>`,
    `<div id="tip" role="presentation"></div><div id="say" class="sr" aria-live="polite"></div>`,
    `<script type="application/json" id="data">${jsonForScript(pageData(d))}</script>`,
    `<script>${PAGE_SCRIPT}</script></body></html>\n`,
  ].join("");
}

/** A section with its heading in the margin; wide ones have it on top. No body, no section. */
function section(title: string, note: string, body: string, wide = false): string {
  if (body === "") return "";
  const id = `s-${title.toLowerCase().replace(/[^a-z]+/g, "-")}`;
  return `<section${wide ? ' class="wide"' : ""} aria-labelledby="${id}"><div class="title"><h2 id="${id}">${escapeHtml(title)}</h2><p>${escapeHtml(note)}</p></div><div class="body">${body}</div></section>`;
}

function pareto(d: SearchDocument): string {
  if (!d.trials.some((t) => t.valAccuracy !== null)) return "";
  const names = LIMIT_NAMES.filter((n) => n === "params" || n === "macs" || n === "latencyMs");
  const plots = names.map((n) => paretoPlot(d, n)).filter((p) => p !== "");
  const unmeasured = d.trials.filter((t) => t.latencyMs === null && t.valAccuracy !== null).length;
  const note =
    unmeasured === 0
      ? ""
      : unmeasured === d.trials.length - d.trials.filter((t) => t.valAccuracy === null).length
        ? `<p class="soft">Latency was measured for no trial but the winner.</p>`
        : `<p class="soft">${plural(unmeasured, "trial")} without a measured latency ${unmeasured === 1 ? "is" : "are"} not in that plot.</p>`;
  return `<div class="trio">${plots.join("")}</div>${PARETO_LEGEND}${note}`;
}

const KEY = (mark: string, text: string) =>
  `<li><svg viewBox="0 0 18 14" class="plot" aria-hidden="true">${mark}</svg>${text}</li>`;
const PARETO_LEGEND = `<ul class="legend">${[
  KEY(
    '<circle class="m-winner" cx="9" cy="7" r="4"/><circle class="ring" cx="9" cy="7" r="6.3"/>',
    "the winner",
  ),
  KEY('<path class="front" d="M0 7H18"/>', "best for its cost"),
  KEY('<circle class="m-front" cx="9" cy="7" r="3.6"/>', "on the Pareto front of all costs together"),
  KEY('<circle class="m-plain" cx="9" cy="7" r="3"/>', "beaten by another"),
  KEY('<circle class="m-infeasible" cx="9" cy="7" r="3"/>', "breaks a limit"),
  KEY('<path class="m-failed" d="M6 4l6 6m0 -6l-6 6"/>', "failed"),
].join("")}</ul>`;

function pair(a: string, b: string): string {
  return a === "" && b === "" ? "" : `<div class="duo">${a}${b}</div>`;
}

function timeline(d: SearchDocument): string {
  const svg = timelinePlot(d);
  if (svg === "") return "";
  const most = Math.min(3, rungsOf(d));
  const keys = Array.from({ length: most + 1 }, (_, i) =>
    KEY(
      `<rect class="r${i}" y="3" width="18" height="8"/>`,
      i === 0 ? "first rung" : `rung ${i + 1}${i === 3 ? " and later" : ""}`,
    ),
  );
  if (d.trials.some((t) => t.state === "failed"))
    keys.push(KEY('<rect class="rf" y="3" width="18" height="8"/>', "failed"));
  return `<div class="scroll">${svg}</div><ul class="legend">${keys.join("").replaceAll('class="plot"', "")}</ul>`;
}

function drawing(graph: Graph, costOf: Winner["costOf"]): string {
  const svg = drawGraph(graph, { costOf, standalone: false, id: "net" });
  const legend =
    `<ul class="legend" style="justify-content:center">${KEY('<rect class="lb" y="4" width="18" height="5"/>', "share of the parameters")}${svg.includes('class="gq"') ? KEY('<rect class="lo" y="4" width="18" height="5"/>', "share of the MACs") : ""}</ul>`.replaceAll(
      'class="plot"',
      "",
    );
  const tools = svg.includes('role="button"')
    ? `<div class="tools"><button type="button" id="open-all">Open all blocks</button><button type="button" id="close-all">Close all</button></div>`
    : "";
  return `${tools}<div class="drawing">${svg}</div>${legend}`;
}

/** What the script needs beyond the page itself. */
function pageData(d: SearchDocument) {
  return {
    numbers: d.trials.map((t) => t.number),
    parents: d.trials.map((t) => t.parent ?? null),
    hashes: d.trials.map((t) => t.hash),
    errors: d.trials.map((t) => (t.error === undefined ? 0 : shorten(formatIssue(t.error), 1000))),
    genotypes: packGenotypes(d.trials.map((t) => t.genotype)),
  };
}

function base64Sha256(text: string): string {
  const hex = sha256Hex(text);
  const bytes = Array.from({ length: hex.length / 2 }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
  return btoa(String.fromCharCode(...bytes));
}
