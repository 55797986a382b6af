import { defineCard } from "../card.js";

export const card = defineCard({
  id: 14,
  title: "Contrastive Embeddings for Neural Architectures",
  authors: "Hesslow, Poli",
  year: 2021,
  arxiv: "2102.04208",
  kinds: ["representation", "strategy", "predictor"],
  summary:
    "Embeds a network without looking at its graph: from how its outputs react to a fixed batch of data at random initialisation.",
  mechanism:
    "The Jacobian of the outputs by the inputs is taken for several random weights, reduced by a singular value decomposition, and a contrastive encoder learns that initialisations of one architecture belong together. Bayesian optimisation then runs on the vectors.",
  claims: [
    "Plain Bayesian optimisation on these vectors is on a par with strong methods on NAS-Bench-201.",
    "Vectors carry over between spaces.",
  ],
  here: {
    status: "absent",
    links: ["autodiff.jacobian", "nn.ntXent"],
    note: "Jacobians and the contrastive loss exist; the pipeline does not.",
  },
  data: "One batch of images; NAS-Bench-201.",
});
