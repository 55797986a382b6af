import { defineCard } from "../card.js";

export const card = defineCard({
  id: 44,
  title:
    "Deconstructing Recurrence, Attention, and Gating: Investigating the transferability of Transformers and Gated Recurrent Neural Networks in forecasting of dynamical systems",
  authors: "Heidenreich, Vlachas, Koumoutsakos",
  year: 2024,
  arxiv: "2410.02654",
  kinds: ["architecture", "space", "analysis", "benchmark"],
  summary:
    "Takes gating, attention and recurrence apart as independent pieces, builds every hybrid, and compares them on chaotic systems and real series.",
  mechanism:
    "Cells of recurrent nets or transformer blocks get one of several gates between input and output, attention over a window of past states with relative positions or none, and recurrence over segments or none. All are trained to forecast and judged by how long forecasts stay valid.",
  claims: [
    "Gates and attention improve every recurrent network in most tasks.",
    "Recurrence does not help transformers.",
  ],
  here: {
    status: "implemented",
    links: ["spaces.recurrent", "spaces.recurrentBlock", "spaces.transformerBlock", "spaces.neuralGate"],
    note: "The whole grid is a search space for series and classification.",
    run: "morph space recurrent --sample 3",
  },
  differences: "Backbones are sized for minutes on a processor.",
  data: "Generated chaotic systems; electricity transformer series.",
});
