import { defineCard } from "../card.js";

export const card = defineCard({
  id: 64,
  title: "Fire Together Wire Together: A Dynamic Pruning Approach with Self-Supervised Mask Prediction",
  authors: "Elkerdawy, Elhoushi et al.",
  year: 2022,
  arxiv: "2110.08232",
  venue: "CVPR",
  kinds: ["compression", "training"],
  summary:
    "Skips filters for each image: a tiny gate at every convolution predicts which outputs will matter, and is taught by the layer's own activations.",
  mechanism:
    "Labels are made on the fly: filters that together hold a given share of activation mass count as needed. The gate is a pooled linear classifier trained by binary cross-entropy, joint with the network or detached from it. The share decides the saving beforehand.",
  claims: [
    "Two thirds of the products saved at under a point of accuracy on CIFAR-10.",
    "Stable training, without a sparsity penalty to tune.",
  ],
  here: {
    status: "absent",
    links: ["nn.squeezeExcite"],
    note: "Squeeze-excite gates are here; hard dynamic masks are not.",
  },
  data: "CIFAR-10, ImageNet.",
});
