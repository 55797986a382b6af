import { defineCard } from "../card.js";

export const card = defineCard({
  id: 17,
  title: "Neural Architecture Search: Insights from 1000 Papers",
  authors: "White, Safari et al.",
  year: 2023,
  arxiv: "2301.08727",
  kinds: ["survey", "strategy", "analysis"],
  summary:
    "The standard survey of architecture search: what the words mean, a tree of search spaces, strategies and ways to save time, the tabular benchmarks, and how to compare fairly.",
  mechanism:
    "Its taxonomy is data here: a tree whose leaves name the parts of this package that do the job, so one can see what is there and run it. The rule book is kept by the benchmark runner: one query oracle, counted unique queries, several seeds, any-time curves.",
  claims: [
    "Local search and aging evolution are hard to beat at equal budget.",
    "Methods must be compared within one space and training recipe.",
  ],
  here: {
    status: "implemented",
    links: [
      "papers.listTrees",
      "benchmarks.runBenchmark",
      "strategies.localSearch",
      "strategies.regularizedEvolution",
      "strategies.random",
    ],
    note: "The tree and the protocol are here, each leaf resolves and runs.",
    run: "morph papers tree nas",
  },
  differences: "Leaves beyond this package are listed as absent instead of being left out.",
  data: "Table of NAS-Bench-201.",
});
