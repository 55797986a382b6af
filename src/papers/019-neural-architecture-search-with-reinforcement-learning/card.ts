import { defineCard } from "../card.js";

export const card = defineCard({
  id: 19,
  title: "Neural Architecture Search with Reinforcement Learning",
  authors: "Zoph, Le",
  year: 2017,
  arxiv: "1611.01578",
  venue: "ICLR",
  kinds: ["strategy", "space"],
  summary:
    "The work that started modern architecture search: a recurrent network writes a description token by token and is rewarded with the accuracy of what it wrote.",
  mechanism:
    "Filter sizes, counts, strides and skip connections by anchor points are drawn from softmax outputs; the controller follows the policy gradient with a moving baseline. A second space builds recurrent cells as trees of operations.",
  claims: [
    "Found networks rivalled the best hand-made ones on CIFAR-10 and Penn Treebank.",
    "The policy beats random search by a margin that grows with samples.",
  ],
  here: {
    status: "implemented",
    links: ["strategies.reinforce", "spaces.nasRl", "spaces.nasRlCell"],
    note: "Both spaces, and the LSTM controller trained by REINFORCE, for any schema; its claim on a table is reproduced.",
    run: "morph search --space nas-rl --strategy reinforce --data mnist",
  },
  differences: "Spaces are bounded so that a trial takes seconds on a processor.",
  data: "CIFAR-10, Penn Treebank; digits for a trial.",
});
