import { defineCard } from "../card.js";

export const card = defineCard({
  id: 15,
  title: "Regularization-based Pruning of Irrelevant Weights in Deep Neural Architectures",
  authors: "Bonetta, Ribero, Cancelliere",
  year: 2023,
  arxiv: "2204.04977",
  venue: "Applied Intelligence",
  kinds: ["compression", "training"],
  summary:
    "Decays only those weights to which the loss is indifferent, then prunes what has become small, in rounds.",
  mechanism:
    "A weight's irrelevance falls exponentially with the size of its loss gradient; decay is multiplied by it, using the gradient that training computes anyway. Any tensor and optimiser can take part. Gradients must be normalised, or everything looks irrelevant and the rule is plain decay.",
  claims: [
    "Sparsity at equal accuracy is as good as or better than sensitivity and magnitude methods, in vision and text generation.",
  ],
  here: {
    status: "absent",
    links: [],
    note: "Weight decay by groups is here; irrelevance and pruning are not.",
  },
  data: "Digits and fashion images, CIFAR-10, dialogue.",
});
