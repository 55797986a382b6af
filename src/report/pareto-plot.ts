import type { LimitName, SearchDocument, TrialDocument } from "../study/index.js";
import { costOf, frontOf, scoreOf, standingOf } from "./facts.js";
import { COST_NAMES, score, scoreName, shortCost } from "./format.js";
import { cross, dot, type Frame, type Mark, marks, plot, round, stairs } from "./plot.js";
import { costScale, scoreScale } from "./scale.js";

/**
 * Score against one cost: the front as a step line, the winner ringed, trials that break a limit as open
 * rings, failed ones as crosses on the lower border. Empty text where no trial has the cost.
 */
export function paretoPlot(document: SearchDocument, name: LimitName): string {
  const measured = document.trials.filter((t) => costOf(t, name) !== undefined);
  if (measured.length === 0) return "";
  const costs = measured.flatMap((t) => costOf(t, name) ?? []);
  const limit = document.limits[name];
  const reach = costs.reduce((a, b) => Math.max(a, b), 0);
  // The limit belongs into the picture unless it is far beyond all that was tried.
  const inView = limit !== undefined && limit > 0 && limit <= reach * 2;
  const scores = measured.flatMap((t) => scoreOf(t) ?? []);
  const { metric } = document;
  const unit = name === "latencyMs" ? "Latency, ms" : COST_NAMES[name];
  return plot(
    {
      width: 360,
      height: 270,
      label: `Validation ${scoreName(metric)} against ${COST_NAMES[name].toLowerCase()} of ${measured.length} trials. Arrow keys go from trial to trial.`,
      x: {
        title: unit,
        scale: (range) => costScale(inView ? [...costs, limit] : costs, range, 4),
        text: (v) => shortCost(name, v),
      },
      y: {
        title: `Validation ${scoreName(metric)}`,
        scale: (range) => scoreScale(scores, metric, range, 5),
        text: (v) =>
          score(v, metric, 2)
            .replace(/\.0+(?=\D|$)/, "")
            .replace(/(\.\d*?)0+(?=\D|$)/, "$1"),
      },
    },
    (frame) =>
      (inView ? limitLine(frame, limit) : "") +
      front(frame, document, name) +
      marks(measured.flatMap((t) => mark(frame, t, document, name) ?? [])) +
      winnerName(frame, document, name),
  );
}

function mark(
  frame: Frame,
  trial: TrialDocument,
  document: SearchDocument,
  name: LimitName,
): Mark | undefined {
  const x = frame.x(costOf(trial, name) ?? 0);
  const value = scoreOf(trial);
  const standing = standingOf(trial, document);
  if (value === undefined) {
    return standing === "failed" ? cross(x, frame.bottom - 5, trial.number) : undefined;
  }
  const radius = standing === "winner" ? 5 : standing === "front" ? 3.6 : 3;
  return dot(x, frame.y(value), radius, trial.number, `m-${standing}`);
}

/** The ring around the winner, and its name. */
function winnerName(frame: Frame, document: SearchDocument, name: LimitName): string {
  const winner = document.trials.find((t) => t.number === document.best?.number);
  const value = winner === undefined ? undefined : scoreOf(winner);
  const cost = winner === undefined ? undefined : costOf(winner, name);
  if (winner === undefined || value === undefined || cost === undefined) return "";
  const [x, y] = [frame.x(cost), frame.y(value)];
  const end = x > (frame.left + frame.right) / 2;
  // Near the top the name goes below the mark, away from the axis title.
  const up = y > frame.top + 22;
  return (
    `<circle class="ring" cx="${round(x)}" cy="${round(y)}" r="8.5"/>` +
    `<text class="name${end ? " te" : ""}" x="${round(x + (end ? -2 : 2))}" y="${round(y + (up ? -13 : 22))}">trial ${winner.number}</text>`
  );
}

function front(frame: Frame, document: SearchDocument, name: LimitName): string {
  const points = frontOf(document, name).map(
    (t) => [frame.x(costOf(t, name) ?? 0), frame.y(scoreOf(t) ?? 0)] as const,
  );
  return points.length === 0 ? "" : `<path class="front" d="${stairs(points, frame.right)}"/>`;
}

function limitLine(frame: Frame, limit: number): string {
  const x = frame.x(limit);
  return (
    `<rect class="beyond" x="${round(x)}" y="${frame.top}" width="${round(Math.max(0, frame.right - x))}" height="${frame.bottom - frame.top}"/>` +
    `<path class="limit" d="M${round(x)} ${frame.top}V${frame.bottom}"/>` +
    `<text class="note te" x="${round(x - 4)}" y="${frame.bottom - 6}">limit</text>`
  );
}
