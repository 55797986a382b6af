import { defineCard } from "../card.js";

export const card = defineCard({
  id: 29,
  title: "Neural Architecture Search via Combinatorial Multi-Armed Bandit",
  authors: "Huang, Ma et al.",
  year: 2021,
  arxiv: "2101.00336",
  venue: "IJCNN",
  kinds: ["strategy"],
  summary:
    "Treats a cell as one big arm made of small ones, a bandit for every node, and walks them by nested tree search.",
  mechanism:
    "It is supposed that a cell's worth is about the sum of its nodes' worth, so the reward of whole cells teaches each node's bandit. Upper confidence bounds choose node by node, in the context of earlier choices; evaluation uses shared weights.",
  claims: [
    "A good cell on CIFAR-10 in about half a day of one graphics card.",
    "Twenty times faster than earlier tree search.",
  ],
  here: {
    status: "implemented",
    links: ["strategies.cmab", "spaces.darts", "benchmarks.nb201Benchmark"],
    note: "Bandits under the naive assumption and the nested search are a strategy, by decisions rather than nodes; there are no shared weights.",
    run: "morph search --strategy cmab --data mnist --time 5m",
  },
  data: "CIFAR-10; NAS-Bench-201 table.",
});
