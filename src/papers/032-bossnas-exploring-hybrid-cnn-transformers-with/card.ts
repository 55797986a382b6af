import { defineCard } from "../card.js";

export const card = defineCard({
  id: 32,
  title:
    "BossNAS: Exploring Hybrid CNN-transformers with Block-wisely Self-supervised Neural Architecture Search",
  authors: "Li, Tang et al.",
  year: 2021,
  arxiv: "2103.12424",
  venue: "ICCV",
  kinds: ["space", "strategy", "predictor", "training"],
  summary:
    "Searches hybrids of convolution and attention block by block and without labels: paths of a block are rated by how well they predict the crowd.",
  mechanism:
    "Each block of the supernet trains alone; a sampled path must predict the averaged output of an ensemble of paths on another view of the image, with a slowly moving target network. Paths near the crowd's centre rate high. The space lets resolution fall at searchable places.",
  claims: [
    "The found hybrid surpasses EfficientNet at comparable compute.",
    "Ratings correlate well with true accuracy on known tables.",
  ],
  here: {
    status: "partial",
    links: ["spaces.hytra", "nn.vicReg"],
    note: "The hybrid space is here and can be searched; block-wise training without labels is not.",
    run: "morph space hytra --sample 2",
  },
  data: "ImageNet, CIFAR; any unlabelled pictures.",
});
