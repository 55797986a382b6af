import { defineCard } from "../card.js";

export const card = defineCard({
  id: 77,
  title: "Hierarchical Representations for Efficient Architecture Search",
  authors: "Liu, Simonyan et al.",
  year: 2018,
  arxiv: "1711.00436",
  venue: "ICLR",
  kinds: ["space", "strategy"],
  summary:
    "Networks are built as trees of small graphs: motifs of primitives are the edges of bigger motifs. Simple tournament evolution on it finds strong cells.",
  mechanism:
    "Six motifs of four nodes with primitive edges, one of five nodes whose edges are motifs; upper triangular matrices are the genotype. Mutation rewrites one entry; the start is diversified by a thousand mutations of identity chains. Tournaments of a twentieth of the population choose parents and nobody dies.",
  claims: [
    "Evolution reached 3.75 % error on CIFAR-10; random search in this space was close.",
    "Hierarchy beats a flat graph of like size under random search.",
  ],
  here: {
    status: "implemented",
    links: [
      "spaces.hierarchical",
      "spaces.mutateHierarchical",
      "spaces.diversifiedHierarchical",
      "strategies.tournament",
    ],
    note: "Space, assembly, mutation, diversified start and the tournament are here.",
    run: "morph search --space hierarchical --strategy tournament --data mnist --trials 30",
  },
  differences: "Cells are small and few so that a trial takes seconds.",
  data: "CIFAR-10, ImageNet; digits here.",
});
