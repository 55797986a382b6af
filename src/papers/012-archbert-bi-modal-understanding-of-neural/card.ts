import { defineCard } from "../card.js";

export const card = defineCard({
  id: 12,
  title: "ArchBERT: Bi-Modal Understanding of Neural Architectures and Natural Languages",
  authors: "Akbari, Ranjbar Alvar et al.",
  year: 2023,
  arxiv: "2310.17737",
  venue: "CoNLL",
  kinds: ["representation", "language", "benchmark"],
  summary:
    "Puts sentences and network graphs into one embedding space: ask whether a description fits a network, find networks by words, caption them.",
  mechanism:
    "Nodes are operators with binned shapes, mixed by graph attention; words come from a text encoder; one shared transformer embeds both, compared by cosine. Pre-training hides nodes of the graph and asks for them back.",
  claims: [
    "Beats a set-overlap baseline in matching and in finding clones.",
    "Hiding nodes during pre-training helps.",
  ],
  here: {
    status: "absent",
    links: ["papers.searchCards"],
    note: "Cards of papers are searched by meaning; networks are not embedded yet.",
  },
  data: "Graphs of public model collections with sentences about them; generated graphs with templates.",
});
