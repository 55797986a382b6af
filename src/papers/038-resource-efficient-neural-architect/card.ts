import { defineCard } from "../card.js";

export const card = defineCard({
  id: 38,
  title: "Resource-Efficient Neural Architect",
  authors: "Zhou, Ebrahimi et al.",
  year: 2018,
  arxiv: "1806.07912",
  kinds: ["strategy", "space"],
  summary:
    "Edits a given network step by step by learned actions, under limits of size, compute, and compute for each byte moved.",
  mechanism:
    "Layers are embedded and read by a two-way recurrent network; one policy picks the kind of edit, others pick where and what to insert, or which width to scale. Rewards combine accuracy with soft penalties for broken limits, and the policy gradient trains it all.",
  claims: [
    "Low error on CIFAR-10 under three million parameters.",
    "Good keyword spotting under tight limits.",
  ],
  here: {
    status: "implemented",
    links: ["strategies.rena", "spaces.rena", "spaces.renaMoves", "spaces.applyRena"],
    note: "Networks, moves and the policy that reads and edits them. In a search for a hidden network it does not reliably beat random edits.",
    run: "morph search --space rena --strategy rena --data mnist --max-params 100000",
  },
  differences: "Removing a layer is a move of its own.",
  data: "CIFAR-10, speech commands; digits.",
});
