import { defineCard } from "../card.js";

export const card = defineCard({
  id: 115,
  title: "RC-DARTS: Resource Constrained Differentiable Architecture Search",
  authors: "Jin, Wang et al.",
  year: 2019,
  arxiv: "1912.12814",
  kinds: ["strategy", "space", "hardware"],
  summary:
    "Differentiable cell search with hard bounds on cost, and with different cells at different depths.",
  mechanism:
    "Architecture weights train freely for a while and are then projected onto the set whose expected cost lies between a lower and an upper bound, again and again. Levels between reductions have their own weights. The found network is checked for the bounds.",
  claims: ["Smaller and cheaper than the unconstrained method at like accuracy.", "One run suffices."],
  here: {
    status: "partial",
    links: ["spaces.darts", "spaces.supernetBody", "cost.countCosts"],
    note: "Cell space, supernet and exact costs are here; projection and levels are not.",
    run: "morph search --space darts --data mnist --max-params 100000",
  },
  data: "CIFAR-10, ImageNet.",
});
