import { defineCard } from "../card.js";

export const card = defineCard({
  id: 78,
  title: "The Strong Lottery Ticket Hypothesis for Multi-Head Attention Mechanisms",
  authors: "Otsuka, Chijiwa et al.",
  year: 2025,
  arxiv: "2511.04217",
  kinds: ["analysis", "compression"],
  summary:
    "Proves that a random attention layer, if wide enough, contains any given attention layer up to a small error once some weights are masked.",
  mechanism:
    "Products of query and key weights are matched entry by entry: random products are chosen so that their sum comes near the target, a subset-sum problem for each. The same is done for value and output. Width drives the error down exponentially.",
  claims: [
    "Error falls exponentially with width and not with length.",
    "A suitable scale of initialisation improves tickets in practice.",
  ],
  here: { status: "absent", links: [], note: "Masks found by subset sums are not here." },
  data: "None; random targets.",
});
