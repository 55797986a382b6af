import { defineCard } from "../card.js";

export const card = defineCard({
  id: 35,
  title: "HardCoRe-NAS: Hard Constrained diffeRentiable Neural Architecture Search",
  authors: "Nayman, Aflalo et al.",
  year: 2021,
  arxiv: "2102.11646",
  venue: "ICML",
  kinds: ["strategy", "space", "hardware"],
  summary:
    "Differentiable search in which the limit on latency is kept exactly at every step, in place of being traded in the loss.",
  mechanism:
    "Depth and block choices get separate variables; expected latency is then a product form that can be summed from a table. A feasible starting point is found first, and block-coordinate Frank-Wolfe steps stay within the budget because each linear problem is solved under the constraint. The end is projected to a discrete network that fits.",
  claims: [
    "Reported networks meet the limit without any tuning of a penalty.",
    "Accuracy is above soft-constraint methods at equal latency.",
  ],
  here: {
    status: "absent",
    links: ["spaces.mobileNetV3", "cost.measureLatency"],
    note: "Limits are hard here in every search, by refusing candidates; the constrained gradient method is not here.",
  },
  data: "ImageNet; a latency table of your device.",
});
