import { defineCard } from "../card.js";

export const card = defineCard({
  id: 27,
  title: "Neural Architecture Search: Two Constant Shared Weights Initialisations",
  authors: "Gracheva",
  year: 2023,
  arxiv: "2302.04406",
  kinds: ["predictor"],
  summary:
    "A score without training, labels or gradients: fill the network twice with one constant weight and see how differently it responds.",
  mechanism:
    "All weights are set to a first constant, a batch is run and the outputs are scaled to the unit interval; then a second constant. The mean absolute difference over the mean output is the score, higher predicted better. Degenerate outputs are dropped.",
  claims: [
    "Ranks NAS-Bench-201 cells better than synflow, at a fraction of a second each.",
    "Works for some language spaces where other scores carry no signal.",
  ],
  here: {
    status: "absent",
    links: ["evaluators.synflow"],
    note: "Another score without data is here to compare with.",
  },
  data: "Tables of NAS-Bench-101 and 201, one batch of images.",
});
