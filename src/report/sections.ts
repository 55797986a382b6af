import { formatIssue, type Json } from "../base/index.js";
import type { Recipe } from "../spaces/index.js";
import { LIMIT_NAMES, type SearchDocument, type TrialDocument } from "../study/index.js";
import { escapeHtml, shorten } from "./escape.js";
import { checkLimits, countStates, lineageOf } from "./facts.js";
import {
  COST_NAMES,
  cost,
  count,
  duration,
  percent,
  plural,
  score,
  scoreName,
  short,
  smallPercent,
} from "./format.js";
import { flattenGenotype } from "./genotype.js";

/** The parts of a report that are text and tables. Each returns HTML; empty text where it has nothing to say. */

/** The result in words, as the page's title. */
export function headline(d: SearchDocument): string {
  const { best, metric } = d;
  if (best === null) return noResult(d);
  const figure =
    metric === "accuracy"
      ? `<b>${percent(best.testAccuracy, 1)}</b> on unseen test data`
      : `<b>R² ${score(best.testAccuracy, metric)}</b> on unseen test data`;
  const costs = [
    `<b>${count(best.params)}</b> ${best.params === 1 ? "parameter" : "parameters"}`,
    `<b>${short(best.macs)}</b> MACs`,
    `<b>${cost("latencyMs", best.latencyMs)}</b> a run`,
  ];
  const kept = checkLimits(d, best).filter((c) => c.kept !== undefined);
  const broken = kept.filter((c) => c.kept === false);
  const verdict =
    kept.length === 0
      ? "No limits were set."
      : broken.length > 0
        ? `${broken.map((c) => COST_NAMES[c.name]).join(", ")} beyond the limit.`
        : kept.length === 1
          ? "The limit is kept."
          : `All ${kept.length} limits are kept.`;
  return `<h1>${figure}</h1><p class="lede">with ${costs.join(", ")}. ${escapeHtml(verdict)}</p>`;
}

function noResult(d: SearchDocument): string {
  const states = countStates(d);
  const why =
    d.trials.length === 0
      ? d.rejected.count > 0
        ? `All ${count(d.rejected.count)} sampled candidates broke a limit; nothing was trained.`
        : "No trial has begun."
      : states.failed === d.trials.length
        ? `${d.trials.length === 1 ? "The only trial" : `All ${count(d.trials.length)} trials`} failed; the table below has the reasons.`
        : `${plural(d.trials.length, "trial")} so far, none of them trained to the end.`;
  return `<h1>No network yet</h1><p class="lede">${escapeHtml(why)}</p>`;
}

/** Study, data and effort in one line. */
export function byline(d: SearchDocument): string {
  const states = countStates(d);
  const trained = states.complete + states.stopped;
  const parts = [
    `Study <b>${escapeHtml(shorten(d.study, 60))}</b>`,
    `data <b>${escapeHtml(shorten(d.data.name, 60))}</b>`,
    `${plural(trained, "network")} trained${states.failed > 0 ? `, ${count(states.failed)} failed` : ""}`,
    `${escapeHtml(duration(d.seconds))} on ${plural(d.workers, "worker")}`,
    d.state === "finished" ? "" : `<b>${d.state === "running" ? "still running" : "interrupted"}</b>`,
  ];
  return `<p class="byline">${parts.filter(Boolean).join("<i>·</i>")}</p>`;
}

/** Every limit with the measured value and what is left. */
export function certificate(d: SearchDocument): string {
  const checks = checkLimits(d, d.best ?? undefined).filter(
    (c) => c.limit !== undefined || c.value !== undefined,
  );
  if (checks.length === 0) return `<p>No limits were set, and there is no network to measure.</p>`;
  if (Object.keys(d.limits).length === 0) {
    const plain = checks.map(
      (c) =>
        `<tr><th scope="row">${COST_NAMES[c.name]}</th><td class="n">${escapeHtml(cost(c.name, c.value))}</td></tr>`,
    );
    return `<table class="plain"><thead><tr><th scope="col">Cost</th><th scope="col" class="n">Measured</th></tr></thead><tbody>${plain.join("")}</tbody></table>`;
  }
  const rows = checks.map((c) => {
    const used = c.used === undefined ? undefined : Math.min(1, c.used);
    const bar =
      used === undefined
        ? ""
        : `<svg class="gauge" viewBox="0 0 120 8" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="120" height="8" rx="1"/><rect class="${c.kept === false ? "bad" : "good"}" width="${(used * 120).toFixed(1)}" height="8" rx="1"/></svg>`;
    const margin =
      c.used === undefined
        ? c.limit === undefined
          ? `<span class="soft">no limit set</span>`
          : `<span class="soft">not measured</span>`
        : c.kept === false
          ? `<span class="bad-text">${escapeHtml(Number.isFinite(c.used) ? `${percent(c.used - 1, 1)} too much` : "too much")}</span>`
          : `${percent(1 - c.used, 0)}<span class="w"> to spare</span>`;
    const verdict =
      c.kept === undefined
        ? ""
        : c.kept
          ? `<span class="ok">✓<span class="w"> kept</span></span>`
          : `<span class="bad-text">✗<span class="w"> broken</span></span>`;
    return `<tr><th scope="row">${COST_NAMES[c.name]}</th><td class="n big">${escapeHtml(cost(c.name, c.value))}</td><td class="n">${c.limit === undefined ? "" : `≤ ${escapeHtml(cost(c.name, c.limit))}`}</td><td class="bar">${bar}</td><td>${margin}</td><td>${verdict}</td></tr>`;
  });
  return `<div class="scroll"><table class="certificate"><thead><tr><th scope="col">Cost</th><th scope="col" class="n">Measured</th><th scope="col" class="n">Limit</th><th scope="col"><span class="sr">Share of the limit</span></th><th scope="col">Margin</th><th scope="col">Verdict</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}

/** The winner beside what one gets without a search. */
export function baselines(d: SearchDocument): string {
  const { metric, best } = d;
  const rows = [
    {
      name: metric === "accuracy" ? "Most frequent class" : "Mean of the target",
      value: d.baselines.constant,
      own: false,
    },
    { name: "Linear model", value: d.baselines.linear, own: false },
    ...(best === null
      ? []
      : [{ name: `This network (trial ${best.number})`, value: best.testAccuracy, own: true }]),
  ];
  const most = Math.max(
    metric === "accuracy" ? 1 : 0.01,
    ...rows.map((r) => (Number.isFinite(r.value) ? r.value : 0)),
  );
  const lines = rows.map((r) => {
    const share = Number.isFinite(r.value) ? Math.max(0, Math.min(1, r.value / most)) : 0;
    return `<tr${r.own ? ' class="own"' : ""}><th scope="row">${r.name}</th><td class="bar"><svg class="gauge" viewBox="0 0 240 8" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="240" height="8" rx="1"/><rect class="${r.own ? "good" : "grey"}" width="${(share * 240).toFixed(1)}" height="8" rx="1"/></svg></td><td class="n">${escapeHtml(score(r.value, metric))}</td></tr>`;
  });
  return `<table class="baselines"><caption class="sr">Test ${scoreName(metric)} beside simple references</caption><thead><tr><th scope="col">On the same test data</th><td></td><th scope="col" class="n">Test ${scoreName(metric)}</th></tr></thead><tbody>${lines.join("")}</tbody></table>`;
}

/** Candidates that were refused before any training. */
export function rejected(d: SearchDocument): string {
  const { count: refused, reasons, smallest } = d.rejected;
  if (refused === 0) return `<p>Every sampled candidate kept the limits; none was refused.</p>`;
  const known = new Map<string, string>(LIMIT_NAMES.map((n) => [n, COST_NAMES[n]]));
  const list = Object.entries(reasons).sort((a, b) => b[1] - a[1]);
  const most = list.reduce((m, [, n]) => Math.max(m, n), 1);
  const rows = list.map(
    ([name, n]) =>
      `<tr><th scope="row">${escapeHtml(known.get(name) ?? name)}</th><td class="bar"><svg class="gauge" viewBox="0 0 240 8" preserveAspectRatio="none" aria-hidden="true"><rect class="grey" width="${((n / most) * 240).toFixed(1)}" height="8" rx="1"/></svg></td><td class="n">${count(n)}</td></tr>`,
  );
  const least =
    smallest === null
      ? ""
      : ` The cheapest one seen has ${cost("params", smallest.params)} parameters and ${cost("macs", smallest.macs)} MACs, and needs ${cost("weightBytes", smallest.weightBytes)} for its weights.`;
  return `<p>${count(refused)} candidates were refused by their computed costs before any training; ${smallPercent(d.feasibleShare)} of all samples kept every limit.${least}</p><table class="baselines"><caption class="sr">Refused candidates by the limit that refused them</caption><thead><tr><th scope="col">Refused by</th><td></td><th scope="col" class="n">Candidates</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

/** How the winner came about: its ancestors, oldest first, with what each step changed. */
export function lineage(d: SearchDocument): string {
  if (d.best === null) return "";
  const line = lineageOf(d.best.number, d).reverse();
  const [first] = line;
  if (first === undefined) return "";
  if (line.length === 1) {
    return `<p>Trial ${d.best.number} has no ancestors: it came from <b>${escapeHtml(first.origin)}</b>.</p>`;
  }
  const steps = line.map((trial, i) => {
    const before = line[i - 1];
    const changes = before === undefined ? [] : changesBetween(before.genotype, trial.genotype);
    const text =
      before === undefined
        ? escapeHtml(trial.origin)
        : changes.length === 0
          ? `${escapeHtml(trial.origin)}: nothing changed`
          : `${escapeHtml(trial.origin)}: ${changes.slice(0, 4).map(changeText).join(", ")}${changes.length > 4 ? ` and ${changes.length - 4} more` : ""}`;
    return `<li><a href="#trial-${trial.number}" data-go="${trial.number}">trial ${trial.number}</a> <b class="num">${escapeHtml(score(trial.valAccuracy, d.metric))}</b><span>${text}</span></li>`;
  });
  const shown =
    steps.length > 12
      ? [...steps.slice(0, 3), `<li class="gap">${steps.length - 11} more steps</li>`, ...steps.slice(-8)]
      : steps;
  return `<ol class="lineage">${shown.join("")}</ol>`;
}

interface Change {
  readonly path: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

function changesBetween(before: Json, after: Json): Change[] {
  const old = new Map(flattenGenotype(before));
  const now = new Map(flattenGenotype(after));
  const paths = new Set([...now.keys(), ...old.keys()]);
  return [...paths].flatMap((path) => {
    const [from, to] = [old.get(path), now.get(path)];
    return from === to ? [] : [{ path, from, to }];
  });
}

function changeText(c: Change): string {
  const path = `<code>${escapeHtml(shorten(c.path, 40))}</code>`;
  if (c.from === undefined) return `${path} ${escapeHtml(shorten(c.to ?? "", 20))} added`;
  if (c.to === undefined) return `${path} removed`;
  return `${path} ${escapeHtml(shorten(c.from, 20))} → ${escapeHtml(shorten(c.to, 20))}`;
}

/** Failures with their causes, grouped by code. */
export function failures(d: SearchDocument): string {
  const groups = new Map<string, TrialDocument[]>();
  for (const t of d.trials) {
    if (t.error === undefined) continue;
    groups.set(t.error.code, [...(groups.get(t.error.code) ?? []), t]);
  }
  if (groups.size === 0) return "";
  const rows = [...groups.values()]
    .sort((a, b) => b.length - a.length)
    .slice(0, 20)
    .map((trials) => {
      const error = trials[0]?.error;
      const links = trials
        .slice(0, 8)
        .map((t) => `<a href="#trial-${t.number}" data-go="${t.number}">${t.number}</a>`);
      return `<li><code>${escapeHtml(shorten(error === undefined ? "" : formatIssue(error), 400))}</code><span>${plural(trials.length, "trial")}: ${links.join(", ")}${trials.length > 8 ? ", …" : ""}</span></li>`;
    });
  return `<h3>Failed trials</h3><ul class="failures">${rows.join("")}</ul>`;
}

/** A recipe in a line: `optimizer sgd, learningRate 0.08, …`. */
function recipeText(recipe: Recipe): string {
  return Object.entries(recipe)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}

/** Where all this comes from: enough to do it again. */
export function provenance(d: SearchDocument, card: Json): string {
  const p = d.provenance;
  const b = d.best;
  const rows: [string, string][] = [
    [
      "Data",
      `${d.data.name}: ${count(d.data.train)} training, ${count(d.data.validation)} validation, ${count(d.data.test)} test examples${d.data.classes === null ? "" : `, ${plural(d.data.classes, "class", "classes")}`}`,
    ],
    ["Data, SHA-256", d.data.hash],
    ...d.data.notes.slice(0, 20).map((note): [string, string] => ["", note]),
    ["Space", `${d.space.name} version ${d.space.version}, ${d.space.size} architectures`],
    [
      "Strategy",
      `${d.strategy.name} ${
        d.strategy.options === null
          ? ""
          : flattenGenotype(d.strategy.options, 30)
              .map(([k, v]) => `${k} ${v}`)
              .join(", ")
      }`,
    ],
    ["Seed", String(d.seed)],
    ["Morphospace", p.morphospace],
    ["ONNX Runtime", p.onnxruntime],
    ["Node", `${p.node} on ${p.platform}`],
    ["Processor", `${p.cpu}, ${plural(p.cores, "core")}`],
    ["Started", `${p.started}, ${plural(p.sessions, "session")}`],
    ...(b === null
      ? []
      : ([
          ["Network", b.onnx],
          ["Card", b.card],
          ["Genotype", JSON.stringify(b.genotype)],
          ...(b.recipe === undefined
            ? []
            : [["Trained by", recipeText(b.recipe)] satisfies [string, string]]),
        ] satisfies [string, string][])),
  ];
  const list = rows
    .map(([k, v]) => `<dt>${escapeHtml(k)}</dt><dd>${escapeHtml(shorten(v, 2000))}</dd>`)
    .join("");
  const raw =
    card === null
      ? ""
      : `<details><summary>The card, as JSON</summary><pre tabindex="0">${escapeHtml(shorten(JSON.stringify(card, null, 2), 20_000))}</pre></details>`;
  return `<dl>${list}</dl>${raw}`;
}
