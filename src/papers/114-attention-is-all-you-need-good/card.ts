import { defineCard } from "../card.js";

export const card = defineCard({
  id: 114,
  title:
    "Attention is All You Need? Good Embeddings with Statistics are enough:Large Scale Audio Understanding without Transformers/ Convolutions/ BERTs/ Mixers/ Attention/ RNNs or ....",
  authors: "Verma",
  year: 2021,
  arxiv: "2110.03183",
  kinds: ["representation", "architecture"],
  summary:
    "Understands sound with no convolution, recurrence or attention: codes of spectral pieces are counted and classified.",
  mechanism:
    "Small autoencoders compress envelopes, patches and slices at several resolutions; codes are clustered; a clip is the joined histogram of its clusters; a perceptron classifies it.",
  claims: [
    "Better than classic convolutional baselines on a large sound collection.",
    "Near strong transformers.",
  ],
  here: {
    status: "absent",
    links: ["zoo.mlp"],
    note: "Perceptrons are here; spectra and clustering are not.",
  },
  data: "FSD50K, a public collection of tagged sounds; nine hundred spoken digits are enough to try it at home.",
});
