import { defineCard } from "../card.js";

export const card = defineCard({
  id: 108,
  title: "Transfer Learning Approaches for Building Cross-Language Dense Retrieval Models",
  authors: "Nair et al.",
  year: 2022,
  arxiv: "2201.08471",
  venue: "ECIR",
  kinds: ["language", "training", "architecture", "benchmark"],
  summary:
    "Retrieves passages in one language for queries in another by comparing token vectors, trained from English data in two ways.",
  mechanism:
    "A multilingual encoder gives a vector for each token; a score sums, over query tokens, the best match in the passage. Training pairs are English only, or have passages translated by machine. Batches are triples of query, good and bad passage.",
  claims: ["Both ways beat lexical cross-language retrieval.", "Translated training is the better."],
  here: {
    status: "absent",
    links: ["nn.tripletLoss"],
    note: "Ranking losses exist; multilingual encoders do not.",
  },
  data: "CLEF and other cross-language collections.",
});
