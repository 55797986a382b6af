import { defineCard } from "../card.js";

export const card = defineCard({
  id: 112,
  title: "When Vision Transformers Outperform ResNets without Pre-training or Strong Data Augmentations",
  authors: "Chen, Hsieh, Gong",
  year: 2022,
  arxiv: "2106.01548",
  venue: "ICLR",
  kinds: ["training", "analysis"],
  summary:
    "Vision transformers and mixers converge to sharper minima than residual networks; flattening these makes them win without pre-training.",
  mechanism:
    "Sharpness-aware minimisation climbs to the worst nearby weights, takes the gradient there and steps from the original place. Largest Hessian eigenvalues, activity of neurons and kernel conditioning are measured before and after.",
  claims: [
    "Vision transformers gain five points on ImageNet, mixers eleven.",
    "Curvature falls by an order of magnitude, activity becomes sparse.",
  ],
  here: {
    status: "partial",
    links: ["nn.sam", "nn.asam", "zoo.vit", "zoo.mlpMixer", "autodiff.hessianVectorProduct"],
    note: "Both wrappers, both networks and Hessian products are here; the curvature report is not.",
    run: "morph train vit --data mnist",
  },
  data: "ImageNet; digits.",
});
