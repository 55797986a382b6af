import { defineCard } from "../card.js";

export const card = defineCard({
  id: 83,
  title: "Are More Layers Beneficial to Graph Transformers?",
  authors: "Zhao, Ma et al.",
  year: 2023,
  arxiv: "2303.00579",
  venue: "ICLR",
  kinds: ["architecture", "analysis"],
  summary:
    "Explains why graph transformers stop improving with depth, and repairs it by tokens for substructures.",
  mechanism:
    "Cycles, paths, stars and neighbourhoods are sampled to cover the graph; each gets a token that attends to its own nodes only, beside global attention of nodes. Structure is encoded in biases, and depth is normalised by scaled initialisation.",
  claims: [
    "Plain ones flatten after a dozen layers, these improve to forty-eight.",
    "Good scores on four graph benchmarks.",
  ],
  here: {
    status: "absent",
    links: ["nn.attention"],
    note: "Attention with arbitrary biases and masks is here; graph tokens are not.",
  },
  data: "Molecular graphs; generated patterns.",
});
