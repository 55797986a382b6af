import { defineCard } from "../card.js";

export const card = defineCard({
  id: 34,
  title:
    "Demystifying the Neural Tangent Kernel from a Practical Perspective: Can it be trusted for Neural Architecture Search without training?",
  authors: "Mok, Na et al.",
  year: 2022,
  arxiv: "2203.14577",
  venue: "CVPR",
  kinds: ["predictor", "analysis"],
  summary:
    "Examines scores made from the neural tangent kernel at initialisation, finds that they cannot be trusted, and proposes one measured after a little training.",
  mechanism:
    "Per-sample gradients give the kernel matrix. Norm, mean, condition number and eigenvalue scores are compared over spaces. The remedy correlates the centred kernel with a matrix that says which samples share a label, after some epochs.",
  claims: [
    "Scores at initialisation change sign from space to space.",
    "Alignment with labels after short training ranks networks and guides evolution.",
  ],
  here: {
    status: "absent",
    links: ["autodiff.perSampleGradients"],
    note: "Per-sample gradients, the costly part, are here; the scores are not.",
  },
  data: "Small batches with labels; tables of cell spaces.",
});
