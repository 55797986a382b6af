import { defineCard } from "../card.js";

export const card = defineCard({
  id: 28,
  title: "Parameter Prediction for Unseen Deep Architectures",
  authors: "Knyazev, Drozdzal et al.",
  year: 2021,
  arxiv: "2110.13100",
  venue: "NeurIPS",
  kinds: ["training", "representation", "predictor", "benchmark"],
  summary:
    "A network that reads another network's graph and writes all of its weights in one pass, trained on a million random architectures.",
  mechanism:
    "Nodes are operators with shape embeddings; a gated graph network with virtual edges passes messages along execution order; a decoder makes tensors that are tiled and normalised to the needed shapes. The task loss is sent back through the predicted weights.",
  claims: [
    "Weights predicted for unseen networks reach two thirds accuracy on CIFAR-10 with no training.",
    "Node embeddings also predict properties of networks.",
  ],
  here: { status: "absent", links: [], note: "No hypernetwork is here." },
  data: "Random architectures from a generator; CIFAR-10, ImageNet.",
});
