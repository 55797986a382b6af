/** The live block as lines of text: three of them, fewer on a small screen, never wider than the screen. */
import { countText, type Progress, phaseText, timeText } from "./progress.js";
import { costParts, formatScore, formatShare, metricName } from "./score.js";
import { sparkline } from "./sparkline.js";
import { type Painter, plain } from "./terminal.js";

const BAR_FULL = "━";
const BAR_EMPTY = "╌";
const GAP = "  ";

/** Lines for a screen of `columns` by `rows`; each is shorter than `columns`. */
export function renderBlock(progress: Progress, columns: number, rows: number, paint: Painter): string[] {
  const width = Math.max(1, columns - 1);
  const { status } = progress;
  const lines = [
    fitted(
      [paint.bold(status.study), bar(progress, width, paint), countText(status), phaseText(progress)],
      width,
    ),
    fitted(bestSegments(progress, paint), width),
    fitted(
      [
        paint.cyan(sparkline(progress.bestSoFar, Math.min(24, Math.floor(width / 4)))),
        paint.dim(timeText(status)),
        paint.dim(`${formatShare(status.feasibleShare)} of candidates feasible`),
      ],
      width,
    ),
  ];
  return lines.filter((line) => line !== "").slice(0, Math.max(1, rows - 1));
}

function bestSegments({ status }: Progress, paint: Painter): string[] {
  if (status.best === null) return [paint.dim("no score yet: the first networks are being trained")];
  const { trial, valAccuracy, costs } = status.best;
  return [
    `best ${metricName(status.metric)} ${paint.green(paint.bold(formatScore(valAccuracy, status.metric)))}`,
    paint.dim(`trial ${trial}`),
    ...costParts(costs),
  ];
}

function bar({ status }: Progress, width: number, paint: Painter): string {
  const { done, total } = status;
  const cells = Math.min(30, Math.floor(width / 3));
  if (total === null || total === 0 || cells < 4) return "";
  const full = Math.round(cells * Math.min(1, done / total));
  return paint.green(BAR_FULL.repeat(full)) + paint.dim(BAR_EMPTY.repeat(cells - full));
}

/** As many of the parts as fit; where the first alone is too long it is cut. */
export function fitted(parts: readonly string[], width: number): string {
  let line = "";
  for (const part of parts) {
    if (part === "") continue;
    const longer = line === "" ? part : `${line}${GAP}${part}`;
    if (displayWidth(longer) <= width) line = longer;
    else if (line === "") return cut(plain(part), width);
    else break;
  }
  return line;
}

function cut(text: string, width: number): string {
  let line = "";
  for (const character of text) {
    if (displayWidth(`${line}${character}…`) > width) return width > 0 ? `${line}…` : "";
    line += character;
  }
  return line;
}

/** Columns that a text takes: East Asian wide characters and emoji take two, combining marks none. */
export function displayWidth(text: string): number {
  let columns = 0;
  for (const character of plain(text)) {
    if (/^[\p{Mn}\p{Me}\p{Cf}]$/u.test(character)) continue;
    columns += WIDE.test(character) ? 2 : 1;
  }
  return columns;
}

const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u;
