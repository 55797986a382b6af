import { defineCard } from "../card.js";

export const card = defineCard({
  id: 11,
  title:
    "ONNX-Net: Towards Universal Representations and Instant Performance Prediction for Neural Architectures",
  authors: "Qin, Auras et al.",
  year: 2025,
  arxiv: "2510.04938",
  kinds: ["representation", "predictor", "benchmark", "language"],
  summary:
    "Writes any ONNX graph as short text and lets a language encoder predict accuracy from it; comes with a collection of some 650,000 trained networks from six benchmarks.",
  mechanism:
    "Operators are printed in file order, chains joined by arrows, inputs and parameters by their shapes, attributes in brackets. A regressor over the text is trained with a pairwise ranking loss, so networks of very different spaces can be compared by one model.",
  claims: [
    "One surrogate ranks across cell-based and hierarchical spaces.",
    "Transfer to an unseen space works from few samples.",
  ],
  here: {
    status: "absent",
    links: ["ir.printGraph"],
    note: "Graphs can be printed as text, in another form than the paper's.",
  },
  data: "Published collection of networks with CIFAR-10 accuracies.",
});
