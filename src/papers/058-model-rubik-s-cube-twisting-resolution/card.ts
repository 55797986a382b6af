import { defineCard } from "../card.js";

export const card = defineCard({
  id: 58,
  title: "Model Rubik's Cube: Twisting Resolution, Depth and Width for TinyNets",
  authors: "Han, Wang et al.",
  year: 2020,
  arxiv: "2010.14819",
  venue: "NeurIPS",
  kinds: ["space", "compression", "architecture"],
  summary:
    "How to shrink EfficientNet-B0 to a budget: keep resolution and depth, give up width. Its products are TinyNet-A to E.",
  mechanism:
    "Some hundred random settings of resolution, width and depth are trained; on their Pareto front Gaussian processes fit resolution and depth against the cost ratio, and width follows from the budget. The rival shrinks all three at fixed rates.",
  claims: [
    "For small networks resolution and depth count more than width.",
    "TinyNets beat equally costly shrunken EfficientNets.",
  ],
  here: {
    status: "implemented",
    links: [
      "zoo.tinynet",
      "spaces.tinynetSpace",
      "spaces.tinyFormula",
      "spaces.giantFormula",
      "spaces.widthFor",
    ],
    note: "The five networks with exact parameter counts, the space and both formulas are here; the fit works on your own trials.",
    run: "morph search --space tinynet --data mnist --max-macs 1000000",
  },
  differences: "Width is solved on the true counter, since stem and head do not scale.",
  data: "ImageNet subset in the paper; generated or own images here.",
});
