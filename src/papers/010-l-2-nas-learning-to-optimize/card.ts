import { defineCard } from "../card.js";

export const card = defineCard({
  id: 10,
  title: "L$^{2}$NAS: Learning to Optimize Neural Architectures via Continuous-Action Reinforcement Learning",
  authors: "Mills, Han et al.",
  year: 2021,
  arxiv: "2109.12425",
  venue: "CIKM",
  kinds: ["strategy"],
  summary:
    "Reinforcement learning with continuous actions as the optimiser of architecture parameters, on tables, supernets or real training.",
  mechanism:
    "The state is the mean of the best architectures so far; an actor network proposes a table of operator scores, noise is added, the table is cut to one operator an edge and evaluated. A critic learns an upper quantile of the reward rather than its mean, so the actor aims for the best outcomes.",
  claims: [
    "Best of its time on NAS-Bench-201 with 500 and 1,000 queries, and on two larger spaces.",
    "A learned policy can be reused with little tuning.",
  ],
  here: {
    status: "implemented",
    links: ["strategies.l2nas", "benchmarks.nb201Benchmark"],
    note: "The actor, the quantile critic and the elite's mean as state are a strategy for any schema; its claim on the table is reproduced.",
    run: "morph search --strategy l2nas --data mnist --time 5m",
  },
  data: "Tables of NAS-Bench-201.",
});
