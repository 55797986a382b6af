import { defineCard } from "../card.js";

export const card = defineCard({
  id: 1,
  title: "Towards Distributed Neural Architectures",
  authors: "Cowsik, He, Gromov",
  year: 2025,
  arxiv: "2506.22389",
  kinds: ["architecture", "training", "analysis"],
  summary:
    "Replaces the stack of layers by a pool of modules and a router: at every step each token chooses which module to visit next, so depth, sharing and skipping are learned instead of drawn up by hand.",
  mechanism:
    "Per step a softmax router scores all modules, the best one or two are run on the tokens that chose them, and identity modules let a token skip. A bias outside of the gradient steers how much is skipped. Ordinary transformers, mixtures of experts and early exit are special cases.",
  claims: [
    "Two modules a token match or beat a dense transformer of equal compute; one module falls behind.",
    "Tokens' routes follow a power law, before training as well as after it.",
  ],
  here: {
    status: "absent",
    links: ["nn.mixtureOfExperts"],
    note: "The expert layer with top-k routing exists; routing from step to step does not.",
  },
  data: "Next-token prediction and image classification; a generated token task is enough to see routes differ.",
});
