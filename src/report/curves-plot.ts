import type { CurvePoint, SearchDocument } from "../study/index.js";
import { score, scoreName } from "./format.js";
import { plot, polyline, round } from "./plot.js";
import { linearScale, scoreScale } from "./scale.js";

/** Points of all faint curves together at most: a report of 500 trials stays a small file. */
const MOST_POINTS = 6000;

/** Validation score by epoch: all trials faint, the winner strong. Empty text where there is no curve. */
export function scoreCurves(document: SearchDocument): string {
  const { metric, best } = document;
  const curves = document.trials.flatMap((t) => {
    const points = t.curve.filter((p) => Number.isFinite(p.valAccuracy) && Number.isFinite(p.epoch));
    return points.length === 0 ? [] : [{ number: t.number, points }];
  });
  const final = best?.curve.filter((p) => Number.isFinite(p.valAccuracy)) ?? [];
  const all = [...curves.flatMap((c) => c.points), ...final];
  if (all.length === 0) return "";
  const each = Math.max(4, Math.floor(MOST_POINTS / Math.max(1, curves.length)));
  return plot(
    {
      width: 520,
      height: 300,
      label: `Validation ${scoreName(metric)} by epoch of ${curves.length} trials`,
      x: epochAxis(all),
      y: {
        title: `Validation ${scoreName(metric)}`,
        scale: (range) =>
          scoreScale(
            all.map((p) => p.valAccuracy),
            metric,
            range,
            6,
          ),
        text: (v) =>
          score(v, metric, 2)
            .replace(/(\.\d*?)0+(?=\D|$)/, "$1")
            .replace(/\.(?=\D|$)/, ""),
      },
    },
    (frame) => {
      const path = (points: readonly CurvePoint[], most = each) =>
        polyline(thin(points, most).map((p) => [frame.x(p.epoch), frame.y(p.valAccuracy)] as const));
      const faint = curves.map((c) => {
        const [only] = c.points;
        const d =
          c.points.length === 1 && only !== undefined
            ? `M${round(frame.x(only.epoch) - 2)} ${round(frame.y(only.valAccuracy))}h4`
            : path(c.points);
        return `<path d="${d}" data-n="${c.number}"/>`;
      });
      const strong =
        final.length === 0
          ? ""
          : `<path class="strong" d="${path(final, 400)}"/>${endLabel(frame.x, frame.y, final, "the winner, trained to the end")}`;
      return `<g class="curves${curves.length > 120 ? " many" : ""}">${faint.join("")}</g>${strong}`;
    },
  );
}

/** Training and validation loss of the winner's final training. */
export function lossCurves(document: SearchDocument): string {
  const points =
    document.best?.curve.filter((p) => Number.isFinite(p.trainLoss) && Number.isFinite(p.valLoss)) ?? [];
  if (points.length < 2) return "";
  const shown = thin(points, 400);
  const high = points.reduce((m, p) => Math.max(m, p.trainLoss, p.valLoss), 0);
  const low = points.reduce((m, p) => Math.min(m, p.trainLoss, p.valLoss), 0);
  return plot(
    {
      width: 520,
      height: 300,
      label: "Training and validation loss of the winner by epoch",
      x: epochAxis(points),
      y: {
        title: "Loss of the winner",
        scale: (range) => linearScale(low, high * 1.04, range, 5),
        text: (v) => String(Number(v.toPrecision(3))),
      },
    },
    (frame) => {
      const train = shown.map((p) => [frame.x(p.epoch), frame.y(p.trainLoss)] as const);
      const val = shown.map((p) => [frame.x(p.epoch), frame.y(p.valLoss)] as const);
      const x = frame.right - 4;
      return [
        `<path class="loss-train" d="${polyline(train)}"/><path class="loss-val" d="${polyline(val)}"/>`,
        `<g class="key"><path class="loss-train" d="M${x - 92} ${frame.top + 8}h18"/><text x="${x - 68}" y="${frame.top + 12}">training</text>`,
        `<path class="loss-val" d="M${x - 92} ${frame.top + 26}h18"/><text x="${x - 68}" y="${frame.top + 30}">validation</text></g>`,
      ].join("");
    },
  );
}

function epochAxis(points: readonly CurvePoint[]) {
  const high = points.reduce((m, p) => Math.max(m, p.epoch), 1);
  const low = points.reduce((m, p) => Math.min(m, p.epoch), high);
  return {
    title: "Epoch",
    scale: (range: readonly [number, number]) => linearScale(low, Math.max(high, low + 1), range, 7),
    text: (v: number) => (Number.isInteger(v) ? String(v) : ""),
  };
}

function endLabel(
  x: (v: number) => number,
  y: (v: number) => number,
  points: readonly CurvePoint[],
  text: string,
): string {
  const last = points.at(-1);
  if (last === undefined) return "";
  return `<text class="name te" x="${round(x(last.epoch))}" y="${round(y(last.valAccuracy) - 8)}">${text}</text>`;
}

/** Every k-th point and always the last one. */
function thin<T>(points: readonly T[], most: number): T[] {
  if (points.length <= most) return [...points];
  const step = (points.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, i) => points[Math.round(i * step)]).filter((p) => p !== undefined);
}
