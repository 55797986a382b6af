import { defineCard } from "../card.js";

export const card = defineCard({
  id: 8,
  title: "UnrealNAS: Can We Search Neural Architectures with Unreal Data?",
  authors: "Dong, Zhou et al.",
  year: 2022,
  arxiv: "2205.02162",
  kinds: ["analysis", "strategy", "benchmark"],
  summary:
    "Asks whether differentiable search needs real data at all: search on images with random labels, on generated images or on noise, then train what was found properly.",
  mechanism:
    "Only the search phase sees the fake set, which has the size and number of classes of the true one. Cells found on each are retrained under one recipe on real images and compared over seeds, for more than one search method.",
  claims: [
    "Cells found without real data come close to those found with it.",
    "Even noise with fixed random labels is often sufficient.",
  ],
  here: {
    status: "absent",
    links: ["spaces.darts", "spaces.supernetBody"],
    note: "The cell space and its supernet exist; the study over search data does not.",
  },
  data: "CIFAR-10 and ImageNet in the paper; digits, noise and relabelled digits at small scale.",
});
