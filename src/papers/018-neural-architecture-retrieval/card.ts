import { defineCard } from "../card.js";

export const card = defineCard({
  id: 18,
  title: "Neural Architecture Retrieval",
  authors: "Pei, Li et al.",
  year: 2024,
  arxiv: "2307.07919",
  venue: "ICLR",
  kinds: ["representation", "benchmark", "predictor"],
  summary: "Given a network, finds its nearest relatives among twelve thousand real designs.",
  mechanism:
    "The operator graph is cut where the pattern of its wiring changes frequency, each piece is embedded by a contrastively trained graph network, pieces form a small graph of their own, and a second network embeds that. Search is nearest neighbours.",
  claims: [
    "Ranks real networks better than plain graph convolution or attention.",
    "Cutting by frequent motifs is better than cutting by size.",
  ],
  here: {
    status: "absent",
    links: ["zoo.listArchitectures"],
    note: "A zoo to index is here; the two-level embedding is not.",
  },
  data: "Graphs of public model hubs and of a cell space.",
});
