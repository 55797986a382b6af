import { defineCard } from "../card.js";

export const card = defineCard({
  id: 93,
  title: "DeeperImpact: Optimizing Sparse Learned Index Structures",
  authors: "Basnet et al.",
  year: 2024,
  arxiv: "2405.17093",
  kinds: ["representation", "language", "training", "benchmark"],
  summary:
    "Search over an ordinary inverted index whose word weights are learned: expand documents by likely queries, then score each word by an encoder.",
  mechanism:
    "A generator adds query words to each document; a transformer gives one non-negative impact to each unique word at its first place; a query's score is the sum of impacts, quantised to eight bits. Hard negatives and distillation train it.",
  claims: [
    "Better expansions than the earlier generator.",
    "Close to the best sparse models at much lower delay.",
  ],
  here: {
    status: "absent",
    links: ["papers.searchCards"],
    note: "Word-weighted search over cards is here, without a transformer.",
  },
  data: "MS MARCO passages.",
});
