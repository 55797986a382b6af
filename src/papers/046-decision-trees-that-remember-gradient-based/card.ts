import { defineCard } from "../card.js";

export const card = defineCard({
  id: 46,
  title: "Decision Trees That Remember: Gradient-Based Learning of Recurrent Decision Trees with Memory",
  authors: "Marton, Schneider",
  year: 2025,
  arxiv: "2502.04052",
  venue: "ICLR workshop",
  kinds: ["architecture", "training", "benchmark"],
  summary:
    "A single hard decision tree with memory, applied at each time step and trained by gradient descent.",
  mechanism:
    "Splits pick one feature by entmax with a straight-through hard choice; the leaf that is reached gives the output and decides how memory cells are written. Everything is unrolled over time and trained as usual, with several restarts.",
  claims: [
    "Solves synthetic memory tasks perfectly with small readable trees.",
    "A tree without memory cannot.",
  ],
  here: {
    status: "absent",
    links: ["nn.obliviousTrees", "nn.entmax15"],
    note: "Soft oblivious trees with entmax splits are here; memory is not.",
  },
  data: "Generated sequences.",
});
