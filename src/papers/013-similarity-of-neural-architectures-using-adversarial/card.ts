import { defineCard } from "../card.js";

export const card = defineCard({
  id: 13,
  title: "Similarity of Neural Architectures using Adversarial Attack Transferability",
  authors: "Hwang, Han et al.",
  year: 2024,
  arxiv: "2210.11407",
  venue: "ECCV",
  kinds: ["analysis", "predictor"],
  summary:
    "Calls two classifiers similar when a picture that was altered to fool one fools the other as well, and maps many models by that.",
  mechanism:
    "Projected gradient attacks are made once for each model. For a pair, only pictures that both get right count; the symmetric share of fooled cases on a log scale is the similarity. Spectral clustering of the matrix and regression on design features explain it.",
  claims: [
    "Clusters agree with design families such as attention or convolution.",
    "Ensembles of dissimilar models gain more.",
  ],
  here: {
    status: "absent",
    links: ["autodiff.gradients"],
    note: "Input gradients are graphs here, so attacks can be written; the measure is not.",
  },
  data: "Any labelled images and at least three trained models.",
});
