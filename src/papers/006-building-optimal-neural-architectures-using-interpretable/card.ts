import { defineCard } from "../card.js";

export const card = defineCard({
  id: 6,
  title: "Building Optimal Neural Architectures using Interpretable Knowledge",
  authors: "Mills, Han et al.",
  year: 2024,
  venue: "CVPR",
  kinds: ["predictor", "strategy", "analysis"],
  summary:
    "Learns how much every part of a network is worth and then puts the best parts together, without a search.",
  mechanism:
    "A graph predictor is trained so that the lengths of its embeddings rank like the measured quality at each hop. The length of any piece, from a single node to a whole stage, then reads as an importance, and a small feature network gives one readable number for each setting.",
  claims: [
    "With a few thousand labelled networks the assembled ones beat the best of the labelled.",
    "The importances agree with known rules of design.",
  ],
  here: {
    status: "absent",
    links: ["spaces.mobileNetV3", "spaces.proxyless"],
    note: "Both families of networks are here as search spaces; the graph predictor is not.",
  },
  data: "Measured networks of the two once-for-all families, or your own study's trials.",
});
