import { defineCard } from "../card.js";

export const card = defineCard({
  id: 5,
  title: "einspace: Searching for Neural Architectures from Fundamental Operations",
  authors: "Ericsson, Espinosa et al.",
  year: 2024,
  arxiv: "2405.20838",
  venue: "NeurIPS",
  kinds: ["space", "strategy", "benchmark"],
  summary:
    "A search space written as a probabilistic grammar of elementary tensor operations. Residual networks, transformers and mixers are all sentences of it, so evolution may start from a known design or from nothing.",
  mechanism:
    "A module is a sequence, a branching with an aggregate, a routing such as unfolding and folding, or a computation. Rules carry the shape along, so only derivations whose shapes fit are drawn; the share of terminal choices keeps trees finite yet sometimes large. Mutation redraws one subtree.",
  claims: [
    "Competitive networks can be found from scratch on eight unfamiliar tasks.",
    "Evolution that starts from a known network nearly always improves on it.",
  ],
  here: {
    status: "implemented",
    links: ["spaces.einspace", "strategies.regularizedEvolution"],
    note: "Space, shape rules, sampler, seeds of known networks and subtree mutation are here.",
    run: "morph search --space einspace --strategy regularized-evolution --data mnist --trials 20",
  },
  differences: "Widths of linear layers and depth are bounded by settings so that trials stay small.",
  data: "The unfamiliar data sets come as NPY files; the digits of the package serve for a trial.",
});
