import { defineCard } from "../card.js";

export const card = defineCard({
  id: 102,
  title: "Large Language Models for Information Retrieval: A Survey",
  authors: "Zhu et al.",
  year: 2023,
  arxiv: "2308.07107",
  kinds: ["survey", "language", "benchmark"],
  summary:
    "Where language models enter a search engine: rewriting queries, retrieving, reranking, reading, and acting as agents.",
  mechanism:
    "Every role splits into prompting and tuning, and by what is scored: single documents, pairs or whole lists. Here it is a tree; parts that this package can run are marked. The shared algorithms, such as sorting by noisy comparisons and fusing ranks, are small.",
  claims: [
    "Each role gains from language models.",
    "List and pair prompts need aggregation that is robust to order; cost is the main obstacle.",
  ],
  here: {
    status: "partial",
    links: ["papers.listTrees", "papers.fuseRanks", "papers.Bm25"],
    note: "Tree, word-based retrieval and rank fusion are here, used by the catalogue's own search.",
    run: "morph papers tree retrieval",
  },
  data: "Public retrieval test sets.",
});
