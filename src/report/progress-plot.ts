import type { SearchDocument } from "../study/index.js";
import { bestSoFar } from "./facts.js";
import { count, duration, score, scoreName } from "./format.js";
import { dot, marks, plot, stairs } from "./plot.js";
import { linearScale, scoreScale, withTicks } from "./scale.js";
import { clockTicks } from "./timeline-plot.js";

/** Best score so far, over trials or over time. Empty text where nothing was scored. */
export function progressPlot(document: SearchDocument, over: "trials" | "time"): string {
  const points = bestSoFar(document, over);
  const { metric } = document;
  const last = points.at(-1);
  if (last === undefined) return "";
  const at = (p: (typeof points)[number]) => (over === "trials" ? p.index : p.seconds);
  const end =
    over === "trials"
      ? document.trials.reduce((m, t) => Math.max(m, t.number), 1)
      : points.reduce((m, p) => Math.max(m, p.seconds), 0.1);
  const scores = points.map((p) => p.score);
  return plot(
    {
      width: 520,
      height: 270,
      label: `Best validation ${scoreName(metric)} so far over ${over}: ${score(last.best, metric)} at the end`,
      x: {
        title: over === "trials" ? "Trial" : "Time since the start",
        scale: (range) =>
          over === "trials"
            ? linearScale(1, Math.max(end, 2), range, 6)
            : withTicks(linearScale(0, end, range), clockTicks(end, 5)),
        text:
          over === "trials"
            ? (v) => (Number.isInteger(v) ? count(v) : "")
            : (v) => (v === 0 ? "0" : duration(v)),
      },
      y: {
        title: `Validation ${scoreName(metric)}`,
        scale: (range) => scoreScale(scores, metric, range, 5),
        text: (v) =>
          score(v, metric, 2)
            .replace(/(\.\d*?)0+(?=\D|$)/, "$1")
            .replace(/\.(?=\D|$)/, ""),
      },
    },
    (frame) => {
      const line = points.map((p) => [frame.x(at(p)), frame.y(p.best)] as const);
      // Many marks twice would only make the file large: over time the line alone tells it.
      const crowded = over === "time" && points.length > 250;
      let before = Number.NEGATIVE_INFINITY;
      const dots = points.flatMap((p) => {
        const better = p.best > before;
        before = p.best;
        if (!better && crowded) return [];
        return dot(
          frame.x(at(p)),
          frame.y(p.score),
          better ? 3.6 : 3,
          p.trial.number,
          better ? "m-front" : "m-plain",
        );
      });
      return `<path class="best" d="${stairs(line, frame.right)}"/>${marks(dots)}`;
    },
  );
}
