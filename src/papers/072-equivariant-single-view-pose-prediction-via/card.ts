import { defineCard } from "../card.js";

export const card = defineCard({
  id: 72,
  title: "Equivariant Single View Pose Prediction Via Induced and Restricted Representations",
  authors: "Howell, Klee et al.",
  year: 2023,
  arxiv: "2307.03704",
  venue: "NeurIPS",
  kinds: ["architecture"],
  summary:
    "Predicts orientation in space from one image with a guarantee: turn the picture in its plane and the answer turns along.",
  mechanism:
    "Image features are split by how they rotate in the plane, then lifted by a learnable induced map to signals on the sphere or on all rotations, where equivariant layers follow. Theory says every consistent network has this form.",
  claims: [
    "State of the art of its time on pose benchmarks.",
    "All such networks factor through the construction.",
  ],
  here: { status: "absent", links: [], note: "No equivariant layers are here." },
  data: "Rendered objects with known rotations.",
});
