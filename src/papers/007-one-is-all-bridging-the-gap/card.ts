import { defineCard } from "../card.js";

export const card = defineCard({
  id: 7,
  title:
    "One is All: Bridging the Gap Between Neural Radiance Fields Architectures with Progressive Volume Distillation",
  authors: "Fang, Xu et al.",
  year: 2023,
  arxiv: "2211.15977",
  venue: "AAAI",
  kinds: ["compression", "training", "architecture"],
  summary:
    "Turns a trained radiance field of one kind (hash grid, perceptron, low-rank planes, dense voxels) into any other kind, far faster than training anew.",
  mechanism:
    "Teacher and student are asked for the same points in space. Matching goes from intermediate features over density and colour to rendered pixels, in stages, with a feature interface that all kinds share. Points are drawn where the teacher has matter.",
  claims: [
    "Conversion works between all pairs of kinds.",
    "A perceptron distilled from a hash grid is ten to twenty times quicker to get than one trained from images, and better.",
  ],
  here: {
    status: "absent",
    links: ["train.distillationLoss"],
    note: "Distillation of classifiers is here; fields and volume rendering are not.",
  },
  data: "Synthetic scenes with known cameras; analytic fields do for a test.",
});
