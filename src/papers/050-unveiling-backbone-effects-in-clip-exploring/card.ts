import { defineCard } from "../card.js";

export const card = defineCard({
  id: 50,
  title: "Unveiling Backbone Effects in CLIP: Exploring Representational Synergies and Variances",
  authors: "Rodriguez-Opazo, Marrese-Taylor et al.",
  year: 2023,
  arxiv: "2312.14400",
  kinds: ["analysis", "training"],
  summary:
    "Studies image encoders that share training data and loss but differ in architecture, how differently they err, and how to combine them.",
  mechanism:
    "Zero-shot and linear heads give logits for every backbone. Overlaps of correct sets, kappa, representation similarity and an oracle that picks the right one bound the gain; then logits are weighed by learned temperatures or by a small controller.",
  claims: [
    "An oracle would add over twenty points to the best single backbone.",
    "The combination gains up to six.",
  ],
  here: { status: "absent", links: [], note: "Metrics and calibration scores are here; ensembles are not." },
  data: "Logits of any models on shared labelled data.",
});
