import { defineCard } from "../card.js";

export const card = defineCard({
  id: 70,
  title: "On the Diversity and Realism of Distilled Dataset: An Efficient Dataset Distillation Paradigm",
  authors: "Sun, Shi et al.",
  year: 2024,
  arxiv: "2312.03526",
  venue: "CVPR",
  kinds: ["compression", "training"],
  summary:
    "Distils a data set without optimising pixels: choose the most convincing crops, tile them to pictures, and take soft labels from a teacher.",
  mechanism:
    "Random crops are scored by a trained observer's loss for their class; one crop an image keeps variety, the lowest losses keep realism. Several crops are put into one picture, and the student learns from the observer's predictions on augmented views.",
  claims: [
    "Doubles accuracy of earlier methods on ImageNet at ten images a class.",
    "Takes minutes on one card.",
  ],
  here: {
    status: "absent",
    links: ["train.teacherOf", "train.softLoss"],
    note: "Learning from a teacher's outputs is here; choosing crops is not.",
  },
  data: "CIFAR-10, ImageNet; any image folder with a trained teacher.",
});
