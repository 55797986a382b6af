/** A search's result for people. */
import type { BestDocument, SearchDocument } from "../study/types.js";
import { costParts, formatLimit, formatScore, formatShare, metricName } from "./score.js";
import { facts } from "./table.js";
import type { Painter } from "./terminal.js";
import { formatBytes, formatCount, formatDuration } from "./units.js";

const LIMIT_LABELS: Readonly<Record<string, string>> = {
  params: "params",
  macs: "MACs",
  weightBytes: "weights",
  peakActivationBytes: "activations",
  latencyMs: "latency",
};

/** What was found and where it lies: printed when a search ends, and by `morph show`. */
export function summary(document: SearchDocument, paint: Painter): string {
  const { best, metric } = document;
  const head: [string, string][] = [
    ["study", `${document.study} (${document.state}, ${formatDuration(document.seconds * 1e3)})`],
    [
      "data",
      `${document.data.name}: ${document.data.train} to train on, ${document.data.validation} to choose by, ` +
        `${document.data.test} to test`,
    ],
    ["space", `${document.space.name} (${document.space.size} networks), by ${document.strategy.name}`],
    ["trials", trialsText(document)],
  ];
  if (best === null) return facts([...head, ["best", "none yet"]], paint);
  const { constant, linear } = document.baselines;
  const score = paint.green(paint.bold(formatScore(best.testAccuracy, metric)));
  return facts(
    [
      ...head,
      ["best", `trial ${best.number}: test ${metricName(metric)} ${score}`],
      [
        "",
        `validation ${formatScore(best.valAccuracy, metric)}, linear model ${formatScore(linear, metric)}, ` +
          `constant ${formatScore(constant, metric)}`,
      ],
      ["costs", costParts(best).join(", ")],
      ...limitRows(document, best),
      ["model", best.onnx],
      ["card", best.card],
      ["report", best.report],
    ],
    paint,
  );
}

function trialsText({ trials, feasibleShare, rejected }: SearchDocument): string {
  const of = (state: string) => trials.filter((trial) => trial.state === state).length;
  const failed = of("failed");
  const parts = [
    `${trials.length}: ${of("complete")} trained in full, ${of("stopped")} stopped early`,
    failed > 0 ? `${failed} failed` : "",
    `${formatShare(feasibleShare)} of candidates feasible`,
    rejected.count > 0 ? `${rejected.count} refused untrained` : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function limitRows({ limits }: SearchDocument, best: BestDocument): [string, string][] {
  const measured: Readonly<Record<string, number>> = {
    params: best.params,
    macs: best.macs,
    weightBytes: best.weightBytes,
    peakActivationBytes: best.peakActivationBytes,
    latencyMs: best.latencyMs,
  };
  const kept = Object.entries(limits).map(
    ([name, limit]) =>
      `${LIMIT_LABELS[name] ?? name} ${formatLimit(name, measured[name] ?? Number.NaN)} of ${formatLimit(name, limit)}`,
  );
  const rest = `weights ${formatBytes(best.weightBytes)}, activations ${formatBytes(best.peakActivationBytes)}, ${formatCount(best.flops)} FLOPs`;
  return [["", rest], ...(kept.length > 0 ? [["limits", kept.join(", ")] satisfies [string, string]] : [])];
}
