import { defineCard } from "../card.js";

export const card = defineCard({
  id: 119,
  title: "On the Importance of Gradient Norm in PAC-Bayesian Bounds",
  authors: "Gat, Adi et al.",
  year: 2022,
  arxiv: "2210.06143",
  venue: "NeurIPS",
  kinds: ["analysis", "predictor"],
  summary:
    "A bound on the generalisation of randomised networks that needs no bounded loss: its complexity is an integral of squared input gradients, which can be measured.",
  mechanism:
    "Weights have a prior and a learned posterior; the usual divergence term is joined by a term from a log-Sobolev inequality, with gradients of the loss by the input. Everything is estimated from samples for a grid of temperatures.",
  claims: ["The gradient term is finite and small for deep networks.", "It tells architectures apart."],
  here: {
    status: "absent",
    links: ["autodiff.perSampleGradients"],
    note: "Gradients by input and by sample are here; the bound is not.",
  },
  data: "Any classification data.",
});
