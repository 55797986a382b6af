import { defineCard } from "../card.js";

export const card = defineCard({
  id: 116,
  title: "Denoising Task Routing for Diffusion Models",
  authors: "Park, Woo et al.",
  year: 2024,
  arxiv: "2310.07138",
  venue: "ICLR",
  kinds: ["architecture", "training", "generation"],
  summary:
    "Gives every step of a diffusion model its own fixed set of channels, with neighbours overlapping: better images for no parameters.",
  mechanism:
    "A table of masks, steps by channels, slides a window along the channels, faster at noisy steps. A block sees only active channels and the others pass by unchanged.",
  claims: ["Image quality improves clearly at equal training.", "Adds to gains from weighting the loss."],
  here: {
    status: "absent",
    links: [],
    note: "Masks by index are simple graphs; diffusion training is not here.",
  },
  data: "ImageNet, faces; generated two-dimensional points.",
});
