import { defineCard } from "../card.js";

export const card = defineCard({
  id: 87,
  title: "A good body is all you need: avoiding catastrophic interference via agent architecture search",
  authors: "Powers, Grindle et al.",
  year: 2021,
  arxiv: "2108.08398",
  kinds: ["space", "strategy", "predictor", "analysis"],
  summary:
    "In a vehicle with two sensors, where the sensors sit decides how easily one controller solves several environments: bodies can prevent interference.",
  mechanism:
    "For each body the share of controllers that solve all environments is measured on a grid. Learners of several kinds then train controllers in bodies of different share, and a joint search over body and controller is compared with controller alone.",
  claims: [
    "The share predicts how fast any learner succeeds.",
    "Searching body and controller together is quicker, though the space is larger.",
  ],
  here: {
    status: "absent",
    links: ["strategies.regularizedEvolution"],
    note: "Strategies could search it; the simulator is not here.",
  },
  data: "Simulated.",
});
