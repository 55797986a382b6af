import { defineCard } from "../card.js";

export const card = defineCard({
  id: 84,
  title: "Delving into Masked Autoencoders for Multi-Label Thorax Disease Classification",
  authors: "Xiao et al.",
  year: 2023,
  arxiv: "2210.12843",
  venue: "WACV",
  kinds: ["training", "architecture"],
  summary:
    "A recipe for pre-training vision transformers on unlabelled chest X-rays by filling in hidden patches, then tuning for fourteen findings.",
  mechanism:
    "Nine tenths of the patches are hidden, crops stay large, data stay in the domain, and learning rates fall from the last layer to the first. The decoder is thrown away afterwards.",
  claims: [
    "A small transformer equals or exceeds the usual convolutional network.",
    "Pre-training on natural images is worse than on X-rays.",
  ],
  here: {
    status: "absent",
    links: ["zoo.vit", "nn.layerWiseDecay", "nn.patchEmbedding"],
    note: "Vision transformer and layer-wise rates are here; masked pre-training is not.",
  },
  data: "Public chest X-ray sets; any unlabelled pictures.",
});
