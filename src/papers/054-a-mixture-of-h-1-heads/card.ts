import { defineCard } from "../card.js";

export const card = defineCard({
  id: 54,
  title: "A Mixture of $h-1$ Heads is Better than $h$ Heads",
  authors: "Peng, Schwartz et al.",
  year: 2020,
  arxiv: "2005.06537",
  venue: "ACL",
  kinds: ["architecture", "training"],
  summary:
    "Reads multi-head attention as an even mixture of experts, each lacking one head, and learns to weigh them by input.",
  mechanism:
    "The sum over heads equals an average of rescaled leave-one-out sums; a small gate replaces the average. Gate and experts are trained in alternating blocks, one sampled expert at a time, lest the gate collapse.",
  claims: [
    "Gains in translation and language modelling at hardly more parameters.",
    "One expert suffices at test time with little loss.",
  ],
  here: {
    status: "absent",
    links: ["nn.attention"],
    note: "Multi-head attention is here; the mixture is not.",
  },
  data: "Translation pairs, WikiText; Penn Treebank at home.",
});
