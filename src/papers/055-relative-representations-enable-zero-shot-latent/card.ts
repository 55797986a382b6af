import { defineCard } from "../card.js";

export const card = defineCard({
  id: 55,
  title: "Relative representations enable zero-shot latent space communication",
  authors: "Moschella, Maiorca et al.",
  year: 2023,
  arxiv: "2209.15430",
  venue: "ICLR",
  kinds: ["representation", "analysis", "architecture"],
  summary:
    "Describes a sample by its cosine similarities to fixed anchor samples, so that parts of separately trained networks fit together unaltered.",
  mechanism:
    "Latent spaces of different trainings agree up to rotation and scale, which cosines ignore. Encoders emit similarities to a few hundred anchors, optionally normalised; any decoder trained on similarities accepts them, in other languages or architectures too.",
  claims: [
    "Encoders and decoders trained apart can be joined with scores near the original.",
    "Relative vectors of word embeddings find translations where absolute ones fail.",
  ],
  here: {
    status: "absent",
    links: ["nn.cosineSimilarity"],
    note: "Cosine layers exist; stitching is not here.",
  },
  data: "Any two encoders over shared samples; digits suffice.",
});
