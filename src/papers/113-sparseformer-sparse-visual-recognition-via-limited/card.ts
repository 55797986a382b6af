import { defineCard } from "../card.js";

export const card = defineCard({
  id: 113,
  title: "SparseFormer: Sparse Visual Recognition via Limited Latent Tokens",
  authors: "Gao, Tong et al.",
  year: 2024,
  arxiv: "2304.03768",
  venue: "ICLR",
  kinds: ["architecture"],
  summary:
    "Classifies images by a few dozen tokens that look where they like, so that cost hardly depends on resolution.",
  mechanism:
    "Every token has a box; points sampled inside by bilinear interpolation are mixed with weights made from the token, the box is moved and resized, and this repeats. Then an ordinary transformer runs on the tokens.",
  claims: [
    "On a par with known transformers of equal accuracy at fewer products.",
    "Nine tokens still do passably.",
  ],
  here: {
    status: "absent",
    links: ["zoo.vit"],
    note: "Vision transformers and grid sampling are here; movable boxes are not.",
  },
  data: "ImageNet; small images.",
});
