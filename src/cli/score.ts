/** Scores and costs as people read them. */
import type { Costs, Metric } from "../study/index.js";
import { formatBytes, formatCount, formatDuration } from "./units.js";

/** `97.42 %` for accuracy, `0.913` for R². */
export function formatScore(value: number, metric: Metric): string {
  return metric === "accuracy" ? `${(100 * value).toFixed(2)} %` : value.toFixed(3);
}

export function metricName(metric: Metric): string {
  return metric === "accuracy" ? "accuracy" : "R²";
}

/** Costs in the order in which people ask for them; the latency only where it was measured. */
export function costParts(costs: Pick<Costs, "params" | "macs"> & { latencyMs?: number | null }): string[] {
  const parts = [`${formatCount(costs.params)} params`, `${formatCount(costs.macs)} MACs`];
  if (costs.latencyMs !== undefined && costs.latencyMs !== null) parts.push(formatDuration(costs.latencyMs));
  return parts;
}

/** A limit's value in its unit. */
export function formatLimit(name: string, value: number): string {
  if (name === "latencyMs") return formatDuration(value);
  return name.endsWith("Bytes") ? formatBytes(value) : formatCount(value);
}

/** `64 %`, with a digit more where few are feasible. */
export function formatShare(share: number): string {
  const percent = 100 * share;
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : percent.toFixed(0)} %`;
}
