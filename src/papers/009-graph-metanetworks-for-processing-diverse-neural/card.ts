import { defineCard } from "../card.js";

export const card = defineCard({
  id: 9,
  title: "Graph Metanetworks for Processing Diverse Neural Architectures",
  authors: "Lim, Maron et al.",
  year: 2024,
  arxiv: "2312.04501",
  venue: "ICLR",
  kinds: ["representation", "predictor", "architecture"],
  summary:
    "Reads the weights of any network as a graph and processes that graph by message passing, so that relabelling hidden neurons changes nothing.",
  mechanism:
    "Neurons or channels are nodes, each scalar parameter is an edge with its value, layer and type; biases and norms get nodes of their own. An ordinary graph network with edge features then predicts properties or edits the weights, equivariant for every kind of layer.",
  claims: [
    "Predicts test accuracy of varied networks better than statistics of weights, also out of distribution.",
    "Edits of implicit images and self-supervised features improve.",
  ],
  here: {
    status: "absent",
    links: ["onnx.decodeModel"],
    note: "Any ONNX file's weights can be read; the parameter graph is not built here.",
  },
  data: "Zoos of small trained networks, which can be trained in minutes.",
});
