/** What `morph` can do. Names and summaries only: the file of a command is loaded when it is called. */
import type { CommandSpec } from "./command.js";

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandSpec>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "search",
    summary: "find and train a network that fits your data and keeps your limits",
    load: async () => (await import("./search.js")).search,
  },
  {
    name: "resume",
    summary: "go on with a study that was stopped or killed",
    load: async () => (await import("./resume.js")).resume,
  },
  {
    name: "best",
    summary: "the best network of a study, any time, also while it is searching",
    load: async () => (await import("./best.js")).best,
  },
  {
    name: "list",
    summary: "the studies in a folder",
    load: async () => (await import("./list.js")).list,
  },
  {
    name: "show",
    summary: "one study: limits, trials, Pareto front, winner",
    load: async () => (await import("./show.js")).show,
  },
  {
    name: "report",
    summary: "write a study's report, one HTML file that needs no network",
    load: async () => (await import("./report.js")).report,
  },
  {
    name: "inspect",
    summary: "what an ONNX file is made of and what it costs to run",
    load: async () => (await import("./inspect.js")).inspect,
  },
  {
    name: "train",
    summary: "train one architecture on your data",
    load: async () => (await import("./train.js")).train,
  },
  {
    name: "space",
    summary: "a search space: its decisions, its size, samples of it",
    load: async () => (await import("./space.js")).space,
  },
  {
    name: "bench",
    summary: "a strategy on a table of networks that were all trained before",
    load: async () => (await import("./bench.js")).bench,
  },
  {
    name: "data",
    summary: "the data sets that are there; what one of them holds",
    load: async () => (await import("./data.js")).data,
  },
  {
    name: "papers",
    summary: "the literature: find papers by meaning, see what of each is here",
    load: async () => (await import("./papers.js")).papers,
  },
  {
    name: "reproduce",
    summary: "put a paper's claim to a test whose rule is declared before the run",
    load: async () => (await import("./reproduce.js")).reproduce,
  },
];

/** Commands of two words; of two that fit, the longer name is meant. */
export const SUBCOMMANDS: readonly CommandEntry[] = [
  {
    name: "papers digest",
    summary: "new and trending papers as one mail a day",
    load: async () => (await import("./digest.js")).digest,
  },
];
