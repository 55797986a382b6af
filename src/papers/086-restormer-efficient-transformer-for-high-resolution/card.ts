import { defineCard } from "../card.js";

export const card = defineCard({
  id: 86,
  title: "Restormer: Efficient Transformer for High-Resolution Image Restoration",
  authors: "Zamir et al.",
  year: 2022,
  arxiv: "2111.09881",
  venue: "CVPR",
  kinds: ["architecture", "training"],
  summary:
    "Restores images at full resolution by a U-shaped transformer whose attention runs across channels, so that cost grows linearly with pixels.",
  mechanism:
    "Queries, keys and values pass depthwise convolutions; the attention map is channels by channels with a learned temperature. Feed-forward parts multiply a gated branch. Four levels with skips; training moves from small to large patches.",
  claims: [
    "Ahead in removing rain, blur and noise at publication.",
    "Channel attention keeps the cost of large images bearable.",
  ],
  here: {
    status: "absent",
    links: ["nn.depthwiseConv2d", "nn.gatedLinearUnit"],
    note: "The parts are here; the U-shape is not.",
  },
  data: "Pairs of damaged and clean pictures; noise can be generated.",
});
