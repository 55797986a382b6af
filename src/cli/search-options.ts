/** Options that `search` and `resume` share, and how they become the study's own. */
import type { Limits } from "../study/index.js";
import { numberOf, type OptionSpec, type Options } from "./command.js";
import { parseBytes, parseCount, parseDurationMs, parseLatencyMs, parseWhole } from "./units.js";

export const DIR_OPTION: OptionSpec = {
  flags: "--dir <folder>",
  description: "folder that holds the studies (default: .morph)",
};

export const BUDGET_OPTIONS: readonly OptionSpec[] = [
  { flags: "-n, --trials <n>", description: "networks to try", parse: parseCount, group: "Budget" },
  {
    flags: "-t, --time <duration>",
    description: "stop after 90s, 25m, 1h30m, the winner's training included",
    parse: parseDurationMs,
    group: "Budget",
  },
  {
    flags: "-w, --workers <n>",
    description: "networks trained at once, a process each (default: as many as cores)",
    parse: (text, option) => parseWhole(text, option, 1),
    group: "Budget",
  },
];

export const LIMIT_OPTIONS: readonly OptionSpec[] = [
  {
    flags: "--max-params <n>",
    description: "trainable numbers, such as 50k",
    parse: parseCount,
    group: "Limits, each kept without exception",
  },
  {
    flags: "--max-macs <n>",
    description: "multiply-accumulates of one example, such as 2M",
    parse: parseCount,
    group: "Limits, each kept without exception",
  },
  {
    flags: "--max-latency <ms>",
    description: "median of one run at batch 1 on one thread of this machine, such as 1 or 800us",
    parse: parseLatencyMs,
    group: "Limits, each kept without exception",
  },
  {
    flags: "--max-memory <bytes>",
    description: "activations alive at once for one example, such as 64KiB",
    parse: parseBytes,
    group: "Limits, each kept without exception",
  },
  {
    flags: "--max-weight-bytes <bytes>",
    description: "weights in the exported file, such as 200kB",
    parse: parseBytes,
    group: "Limits, each kept without exception",
  },
];

export function limitsOf(options: Options): Limits {
  const given = {
    params: numberOf(options, "maxParams"),
    macs: numberOf(options, "maxMacs"),
    latencyMs: numberOf(options, "maxLatency"),
    peakActivationBytes: numberOf(options, "maxMemory"),
    weightBytes: numberOf(options, "maxWeightBytes"),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
