import { defineCard } from "../card.js";

export const card = defineCard({
  id: 59,
  title: "An Attentive Survey of Attention Models",
  authors: "Chaudhari, Mithal et al.",
  year: 2021,
  arxiv: "1904.02874",
  venue: "ACM TIST",
  kinds: ["survey", "architecture", "analysis"],
  summary:
    "Orders attention mechanisms along independent axes: what is compared, how scores become weights, at which levels, positions and representations.",
  mechanism:
    "Attention is a sum of values weighed by a distribution over scores of keys and query. The survey lists score functions, from dot product to deep networks, distributions from softmax to sparse ones, and host architectures. Here it is a tree whose leaves point to the layers that do it.",
  claims: ["One definition covers all variants.", "No numeric claims."],
  here: {
    status: "partial",
    links: ["papers.listTrees", "nn.attention", "nn.linearAttention", "nn.attentionPool"],
    note: "The tree is here; several score functions of older models are listed as absent.",
    run: "morph papers tree attention",
  },
  data: "None needed.",
});
