import { defineCard } from "../card.js";

export const card = defineCard({
  id: 2,
  title: "Principled Approaches for Extending Neural Architectures to Function Spaces for Operator Learning",
  authors: "Berner, Liu-Schiaffini et al.",
  year: 2025,
  arxiv: "2506.10973",
  kinds: ["architecture", "training", "benchmark"],
  summary:
    "Rules by which an ordinary network becomes a neural operator: a map between functions whose weights mean the same on every grid, so that it may be trained coarse and used fine.",
  mechanism:
    "Each layer is rewritten as the discretisation of something continuous. Convolutions become spectral filters, integrals over a physical radius, difference quotients or interpolated kernels; attention sums get quadrature weights; positions enter as coordinates.",
  claims: [
    "Grid-bound networks lose accuracy away from their training resolution, converted ones keep it.",
    "Adding local or differential branches to spectral layers lowers the error at equal size.",
  ],
  here: {
    status: "absent",
    links: ["ops.Builder"],
    note: "Fourier transforms are among the operators, with gradients; the conversion rules are not here.",
  },
  data: "Solutions of partial differential equations at several resolutions, easily generated.",
});
