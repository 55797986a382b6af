import { defineCard } from "../card.js";

export const card = defineCard({
  id: 71,
  title: "Efficient Subgraph GNNs by Learning Effective Selection Policies",
  authors: "Bevilacqua, Eliasof et al.",
  year: 2024,
  arxiv: "2310.20082",
  venue: "ICLR",
  kinds: ["architecture", "representation"],
  summary:
    "Picks the few marked copies of a graph that are worth processing, where subgraph networks would use one for every node.",
  mechanism:
    "A selector network, shown the copies that are already in, scores the remaining nodes; a straight-through Gumbel choice marks one, and a second network predicts from the bag. Both are trained together end to end.",
  claims: [
    "Learned choices beat random ones at small budgets.",
    "Graphs too large for full bags become possible.",
  ],
  here: {
    status: "absent",
    links: ["nn.gumbelGate", "nn.gcnConv"],
    note: "Graph layers and Gumbel choices exist; bags of subgraphs do not.",
  },
  data: "Molecular graphs with properties, such as solubility.",
});
