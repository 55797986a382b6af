import type { BestDocument } from "../study/index.js";
import { escapeHtml, shorten } from "./escape.js";
import { count, percent, plural } from "./format.js";

/** Up to this many classes the matrix is a table of numbers; above, a picture with the pairs that matter. */
const TABLE_CLASSES = 20;
const PICTURE_CLASSES = 200;
const MOST_CELLS = 2500;

interface Confusion {
  readonly names: readonly string[];
  readonly cell: (truth: number, predicted: number) => number;
  readonly truths: readonly number[];
  readonly predictions: readonly number[];
}

/** Which classes were taken for which, on the test split. Empty text where there is no matrix. */
export function confusionSection(best: BestDocument): string {
  const matrix = best.confusion;
  if (matrix === undefined || matrix.length === 0) return "";
  const n = matrix.length;
  const cell = (i: number, j: number) => {
    const value = matrix[i]?.[j];
    return typeof value === "number" && Number.isFinite(value) ? value : 0;
  };
  const sums = (f: (i: number, j: number) => number) =>
    Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => f(i, j)).reduce((a, b) => a + b, 0),
    );
  const c: Confusion = {
    names: Array.from({ length: n }, (_, i) => best.classes?.[i] ?? String(i)),
    cell,
    truths: sums(cell),
    predictions: sums((j, i) => cell(i, j)),
  };
  const matrixView = n <= TABLE_CLASSES ? table(c) : n <= PICTURE_CLASSES ? picture(c) : "";
  return `<div class="mistakes">${matrixView}${mistakes(c)}</div>`;
}

function table(c: Confusion): string {
  const head = c.names
    .map((name) => `<th scope="col" title="${escapeHtml(name)}">${escapeHtml(shorten(name, 9))}</th>`)
    .join("");
  const rows = c.names.map((name, i) => {
    const cells = c.names.map((_, j) => {
      const value = c.cell(i, j);
      const share = value / Math.max(1, c.truths[i] ?? 0);
      const tone =
        value === 0
          ? "z"
          : i === j
            ? `d${Math.min(4, Math.floor(share * 5))}`
            : `e${Math.min(4, 1 + Math.floor(share * 12))}`;
      return `<td class="${tone}">${value === 0 ? "·" : count(value)}</td>`;
    });
    return `<tr><th scope="row" title="${escapeHtml(name)}">${escapeHtml(shorten(name, 14))}</th>${cells.join("")}<td class="sum">${percent(c.cell(i, i) / Math.max(1, c.truths[i] ?? 0))}</td></tr>`;
  });
  const precision = c.names.map(
    (_, j) => `<td class="sum">${percent(c.cell(j, j) / Math.max(1, c.predictions[j] ?? 0), 0)}</td>`,
  );
  return [
    `<div class="scroll"><table class="confusion"><caption>Rows: the true class. Columns: what the network said.</caption>`,
    `<thead><tr><td></td>${head}<th scope="col" class="sum">found</th></tr></thead><tbody>${rows.join("")}</tbody>`,
    `<tfoot><tr><th scope="row">correct when said</th>${precision.join("")}<td></td></tr></tfoot></table></div>`,
  ].join("");
}

function picture(c: Confusion): string {
  const n = c.names.length;
  const size = 460 / n;
  const cells: { i: number; j: number; share: number }[] = [];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const value = c.cell(i, j);
      if (value > 0) cells.push({ i, j, share: value / Math.max(1, c.truths[i] ?? 0) });
    }
  }
  cells.sort((a, b) => b.share - a.share);
  const tones = new Map<string, string>();
  for (const { i, j, share } of cells.slice(0, MOST_CELLS)) {
    const tone =
      i === j ? `d${Math.min(4, Math.floor(share * 5))}` : `e${Math.min(4, 1 + Math.floor(share * 12))}`;
    const s = size.toFixed(1);
    tones.set(
      tone,
      `${tones.get(tone) ?? ""}M${(j * size).toFixed(1)} ${(i * size).toFixed(1)}h${s}v${s}h-${s}z`,
    );
  }
  return [
    `<figure class="matrix"><svg viewBox="-1 -1 462 462" role="img" aria-label="Confusion matrix of ${n} classes; the table below names the most frequent confusions">`,
    `<rect class="frame" width="460" height="460"/>`,
    ...[...tones].map(([tone, d]) => `<path class="${tone}" d="${d}"/>`),
    `</svg><figcaption>Rows: the true class. Columns: what the network said. ${plural(n, "class", "classes")} in the order of the data.</figcaption></figure>`,
  ].join("");
}

/** The most frequent confusions, in words. */
function mistakes(c: Confusion): string {
  const pairs: { i: number; j: number; value: number }[] = [];
  for (let i = 0; i < c.names.length; i++) {
    for (let j = 0; j < c.names.length; j++) {
      const value = i === j ? 0 : c.cell(i, j);
      if (value > 0) pairs.push({ i, j, value });
    }
  }
  if (pairs.length === 0) return `<p>No test example was taken for another class.</p>`;
  pairs.sort((a, b) => b.value - a.value || a.i - b.i);
  const rows = pairs
    .slice(0, 8)
    .map(
      ({ i, j, value }) =>
        `<tr><td>${escapeHtml(c.names[i] ?? "")}</td><td>${escapeHtml(c.names[j] ?? "")}</td><td class="n">${count(value)}</td><td class="n">${percent(value / Math.max(1, c.truths[i] ?? 0))}</td></tr>`,
    );
  return `<table class="plain"><caption>Most frequent confusions</caption><thead><tr><th scope="col">True class</th><th scope="col">Taken for</th><th scope="col" class="n">Times</th><th scope="col" class="n">Of the class</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}
