import { defineCard } from "../card.js";

export const card = defineCard({
  id: 110,
  title: "A Modern Perspective on Query Likelihood with Deep Generative Retrieval Models",
  authors: "Lesota, Rekabsaz et al.",
  year: 2021,
  arxiv: "2106.13618",
  venue: "ICTIR",
  kinds: ["language", "predictor", "benchmark"],
  summary: "Ranks passages by the probability that a model, given the passage, would write the query.",
  mechanism:
    "An encoder-decoder with a pointer may copy words from the passage. The sum of log probabilities is the score; entropies for each word tell uncertainty, which helps to decide how many results to show. Training uses positive pairs only.",
  claims: [
    "Best among generative rankers, close to small BERT rankers.",
    "Uncertainty improves the prediction of a cut-off.",
  ],
  here: {
    status: "absent",
    links: ["nn.perplexity"],
    note: "Likelihood metrics exist; encoder-decoders for text do not.",
  },
  data: "MS MARCO passages.",
});
