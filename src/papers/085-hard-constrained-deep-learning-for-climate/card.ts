import { defineCard } from "../card.js";

export const card = defineCard({
  id: 85,
  title: "Hard-Constrained Deep Learning for Climate Downscaling",
  authors: "Harder et al.",
  year: 2023,
  arxiv: "2208.05424",
  venue: "JMLR",
  kinds: ["architecture", "training", "benchmark"],
  summary:
    "Super-resolution of physical fields that cannot break conservation: each block of fine cells averages exactly to its coarse cell.",
  mechanism:
    "A last layer without parameters corrects the network's output, by adding the deficit, by scaling, or by a softmax within each block that also keeps values positive. It attaches to any network for images.",
  claims: [
    "Violation falls to rounding error and errors fall too.",
    "Soft penalties trade one for the other.",
  ],
  here: {
    status: "absent",
    links: ["nn.averagePool2d"],
    note: "Pooling and broadcasting suffice to write it; the layer is not named here.",
  },
  data: "Weather fields; generated smooth fields.",
});
