import { defineCard } from "../card.js";

export const card = defineCard({
  id: 48,
  title: "CKConv: Continuous Kernel Convolution For Sequential Data",
  authors: "Romero, Kuzina et al.",
  year: 2022,
  arxiv: "2102.02611",
  venue: "ICLR",
  kinds: ["architecture"],
  summary:
    "Convolution over sequences whose kernel is itself a small network of position, so it may be as long as the sequence without more parameters.",
  mechanism:
    "A perceptron with sine activations maps relative position to kernel weights; sampling it gives a causal kernel, applied by Fourier transform. The same kernel may be sampled finer or coarser, for other rates or missing values.",
  claims: ["Solves memory tasks at lengths where others fail.", "Resampled data cost little accuracy."],
  here: {
    status: "absent",
    links: ["nn.conv1d"],
    note: "Ordinary one-dimensional convolutions and Fourier operators are here.",
  },
  data: "Sequential digits, copy and adding tasks.",
});
