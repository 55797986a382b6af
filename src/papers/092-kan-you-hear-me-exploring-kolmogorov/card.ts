import { defineCard } from "../card.js";

export const card = defineCard({
  id: 92,
  title: '"KAN you hear me?" Exploring Kolmogorov-Arnold Networks for Spoken Language Understanding',
  authors: "Koudounas et al.",
  year: 2025,
  arxiv: "2505.20176",
  venue: "Interspeech",
  kinds: ["architecture", "analysis"],
  summary:
    "Tries spline layers in the classifier of speech models, in five placements, and the best of them on top of speech transformers.",
  mechanism:
    "A layer learns one spline for each connection beside a smooth base activation. Replacing one, two or all dense layers of a small network over spectrograms is compared, then carried over to intent recognition.",
  claims: [
    "Spline layers can stand in for linear ones, mostly without loss and often with gain.",
    "The mixed placement with splines in the middle is best.",
  ],
  here: {
    status: "partial",
    links: ["nn.kanLinear", "nn.splineBasis"],
    note: "The layer is here, with contract tests; the speech study is not.",
  },
  differences: "No pretrained speech models are loaded.",
  data: "Spoken commands; spoken digits at home.",
});
