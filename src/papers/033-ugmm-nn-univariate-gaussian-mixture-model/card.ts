import { defineCard } from "../card.js";

export const card = defineCard({
  id: 33,
  title: "uGMM-NN: Univariate Gaussian Mixture Model Neural Network",
  authors: "Ali",
  year: 2025,
  arxiv: "2509.07569",
  kinds: ["architecture"],
  summary:
    "A feed-forward network whose unit returns how likely its inputs are, as a logarithm, under a mixture of bell curves with one component for each incoming value.",
  mechanism:
    "A unit has a mean, a spread and a mixing weight for every input and combines the component densities by a stable log-sum-exp. The density goes on to the next layer with no activation. Softmax on top gives a classifier; reading the top as a likelihood gives a generative model.",
  claims: [
    "Digits are recognised about as well as by a perceptron of equal size.",
    "Every unit can be read as a distribution.",
  ],
  here: {
    status: "absent",
    links: ["nn.mixtureDensityNll"],
    note: "Mixture losses are here, the unit is not.",
  },
  data: "MNIST, Iris.",
});
