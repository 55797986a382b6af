import { defineCard } from "../card.js";

export const card = defineCard({
  id: 109,
  title: "Routing with Self-Attention for Multimodal Capsule Networks",
  authors: "Duarte, Chen et al.",
  year: 2021,
  arxiv: "2112.00775",
  kinds: ["architecture", "training"],
  summary:
    "Embeds video, sound and text into one space by capsules whose routing is a single pass of self-attention.",
  mechanism:
    "Features are grouped into vectors with a probability of being there; attention among capsules decides which count, and their summary is the embedding. Contrastive losses between all pairs of modalities train it on noisy clips.",
  claims: [
    "Beats iterative routing and no routing, at lower cost.",
    "Competitive in retrieval and localisation.",
  ],
  here: {
    status: "absent",
    links: ["nn.infoNce", "nn.attention"],
    note: "Contrastive loss and attention are here; capsules are not.",
  },
  data: "Instruction videos; toy modalities.",
});
