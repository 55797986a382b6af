import { defineCard } from "../card.js";

export const card = defineCard({
  id: 63,
  title: "Learning Universal Predictors",
  authors: "Grau-Moya, Genewein et al.",
  year: 2024,
  arxiv: "2401.14953",
  venue: "ICML",
  kinds: ["benchmark", "training", "analysis"],
  summary:
    "Trains sequence predictors on the output of random programs, so that they come near the universal Bayesian mixture.",
  mechanism:
    "A tiny machine with a tape, loops and output runs programs that are drawn while they run; their outputs are training data. Other sources are variable-order Markov chains and tasks of the Chomsky hierarchy, with exact predictors to compare by regret.",
  claims: [
    "Larger networks have lower regret and come near the optimal mixture on Markov sources.",
    "Training on programs transfers to the other tasks.",
  ],
  here: {
    status: "absent",
    links: ["nn.lstm", "nn.encoderBlock"],
    note: "The predictors' layers are here; machine and sources are not.",
  },
  data: "Generated.",
});
