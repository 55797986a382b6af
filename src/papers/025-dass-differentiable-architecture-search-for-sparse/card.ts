import { defineCard } from "../card.js";

export const card = defineCard({
  id: 25,
  title: "DASS: Differentiable Architecture Search for Sparse neural networks",
  authors: "Mousavi et al.",
  year: 2023,
  arxiv: "2207.06968",
  venue: "ACM TECS",
  kinds: ["space", "strategy", "compression"],
  summary:
    "Differentiable cell search that knows the network will be pruned to almost nothing: it looks for cells that are good when sparse.",
  mechanism:
    "Convolutions in the candidate operators carry a score for every weight; only the top share is used in the forward pass, and scores learn by a straight-through gradient. After the search the cell is pruned and fine-tuned.",
  claims: [
    "Recovers several points over pruning a cell that was searched dense, at 99 % sparsity.",
    "A sparse mobile network gains about eight points on CIFAR-10.",
  ],
  here: {
    status: "absent",
    links: ["spaces.darts", "autodiff.straightThrough"],
    note: "Cell space and straight-through gradients exist; sparse candidates do not.",
  },
  data: "CIFAR-10, ImageNet.",
});
