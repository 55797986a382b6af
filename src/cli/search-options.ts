/** Options that `search` and `resume` share, and how they become the study's own. */
import { ExitCode, fail } from "../base/index.js";
import type { NodeProvider } from "../runtime/index.js";
import type { RungPolicyName } from "../strategies/index.js";
import type { Budget, LimitName, Limits } from "../study/index.js";
import { numberOf, type OptionSpec, type Options, textOf } from "./command.js";
import { parseBytes, parseCount, parseDurationMs, parseLatencyMs, parseWhole } from "./units.js";

export const DEVICE_OPTION: OptionSpec = {
  flags: "--device <name>",
  description: "what trains: cpu, or webgpu where there is a GPU (default: cpu)",
  parse: parseDevice,
};

/** By name, so that the help needs no other room; a test compares it with the runtime's providers. */
export const DEVICES: readonly string[] = ["cpu", "webgpu"];

function parseDevice(text: string, option: string): string {
  if (DEVICES.includes(text)) return text;
  return fail(
    "bad_value",
    { path: option, expected: `one of ${DEVICES.join(", ")}`, received: text },
    { exitCode: ExitCode.usage },
  );
}

/** The device that is asked for, checked when the option was read. */
export function deviceOf(options: Options): NodeProvider | undefined {
  return textOf(options, "device") as NodeProvider | undefined;
}

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

/** How much is trained: settled when a study begins. */
export const TRAINING_OPTIONS: readonly OptionSpec[] = [
  {
    flags: "--epochs <list>",
    description:
      "epochs behind a network at each rung, such as 1,3,9; a third goes on each time (default: by the size of the data)",
    parse: parseRungs,
    group: "Budget",
  },
  {
    flags: "--rungs <policy>",
    description:
      "who trains on: asha (at once), halving (when all of a bracket are there), hyperband (brackets from many trials " +
      "to much training), correlation (none beyond the rung that orders as the last); default: asha",
    parse: parsePolicy,
    group: "Budget",
  },
  {
    flags: "--final-epochs <n>",
    description: "epochs for the best networks on top of that (default: by the size of the data)",
    parse: (text, option) => parseWhole(text, option, 1),
    group: "Budget",
  },
];

/** What the training options say of a budget. */
export function trainingOf(options: Options): Partial<Budget> {
  const rungs = textOf(options, "epochs");
  const policy = textOf(options, "rungs");
  const finalEpochs = numberOf(options, "finalEpochs");
  return {
    // Checked when the option was read.
    ...(policy !== undefined && { policy: policy as RungPolicyName }),
    ...(rungs !== undefined && { rungs: rungs.split(",").map(Number) }),
    ...(finalEpochs !== undefined && { finalEpochs }),
  };
}

/** By name, so that the help needs no other room; a test compares it with the strategies' own. */
export const POLICIES: readonly string[] = ["asha", "halving", "hyperband", "correlation"];

export function parsePolicy(text: string, option: string): string {
  if (POLICIES.includes(text)) return text;
  return fail(
    "bad_value",
    { path: option, expected: `one of ${POLICIES.join(", ")}`, received: text },
    { exitCode: ExitCode.usage },
  );
}

/** Checks `1,3,9`; options hold text or numbers, so the text stays. */
export function parseRungs(text: string, option: string): string {
  const epochs = text.split(",").map((part) => parseWhole(part, option, 1));
  if (epochs.every((n, i) => n > (epochs[i - 1] ?? 0))) return epochs.join(",");
  return fail(
    "bad_value",
    { path: option, expected: "whole numbers in ascending order such as 1,3,9", received: text },
    { exitCode: ExitCode.usage },
  );
}

/** Costs by the names that the command line gives them. */
const COSTS: Readonly<Record<string, LimitName>> = {
  params: "params",
  macs: "macs",
  latency: "latencyMs",
  memory: "peakActivationBytes",
  "weight-bytes": "weightBytes",
};

export const OBJECTIVES_OPTION: OptionSpec = {
  flags: "--objectives <list>",
  description:
    "costs to seek low beside a high score: params, macs, latency, memory, weight-bytes; of a strategy for several " +
    "objectives such as nsga2 (default there: params,macs)",
  parse: parseObjectives,
};

function parseObjectives(text: string, option: string): string {
  for (const name of text.split(",")) {
    if (Object.hasOwn(COSTS, name)) continue;
    fail(
      "bad_value",
      { path: option, expected: `some of ${Object.keys(COSTS).join(", ")}`, received: name },
      { exitCode: ExitCode.usage },
    );
  }
  return text;
}

/** Checked when the option was read. */
export function objectivesOf(options: Options): readonly LimitName[] | undefined {
  return textOf(options, "objectives")
    ?.split(",")
    .flatMap((name) => COSTS[name] ?? []);
}

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
