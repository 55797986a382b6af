import { defineCard } from "../card.js";

export const card = defineCard({
  id: 90,
  title: "Fisher Information Embedding for Node and Graph Learning",
  authors: "Chen, Pellizzoni, Borgwardt",
  year: 2023,
  arxiv: "2305.07580",
  venue: "ICML",
  kinds: ["representation", "architecture", "training"],
  summary:
    "Embeds a graph's node by how its neighbours would move the centres of a shared mixture, with labels or without.",
  mechanism:
    "Neighbour features are samples; one expectation-maximisation step from common anchors yields new means, and their differences are the embedding. In practice this is attention over neighbours with anchors as queries, learned by gradient or fitted by spherical clustering, layer by layer.",
  claims: [
    "Better than graph attention on node classification.",
    "The unsupervised mode rivals supervised ones.",
  ],
  here: {
    status: "absent",
    links: ["nn.sumOfNeighbours"],
    note: "Sums over neighbours are here; the layer is not.",
  },
  data: "Citation graphs.",
});
