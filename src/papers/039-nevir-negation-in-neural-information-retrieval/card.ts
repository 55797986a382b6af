import { defineCard } from "../card.js";

export const card = defineCard({
  id: 39,
  title: "NevIR: Negation in Neural Information Retrieval",
  authors: "Weller, Lawrie, Van Durme",
  year: 2024,
  arxiv: "2305.07614",
  venue: "EACL",
  kinds: ["benchmark", "language", "analysis"],
  summary:
    "Tests whether search engines understand negation: two documents differ only in a negated statement, and each of two queries should prefer one of them.",
  mechanism:
    "Pairs were written by people from near-duplicate passages; a system scores when both queries rank their document first, so guessing gives a quarter. Sparse, bi-encoder, late-interaction and cross-encoder models are compared, and fine-tuning on such pairs is tried.",
  claims: [
    "Cross-encoders do best, bi-encoders and sparse models are at or below chance.",
    "Fine-tuning helps and leaves a wide gap to people.",
  ],
  here: {
    status: "absent",
    links: ["nn.tripletLoss"],
    note: "Ranking losses and metrics exist; retrieval models do not.",
  },
  data: "Public pairs with two queries each.",
});
