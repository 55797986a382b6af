import { defineCard } from "../card.js";

export const card = defineCard({
  id: 31,
  title: "Efficient Progressive Neural Architecture Search",
  authors: "Pérez-Rúa, Baccouche, Pateux",
  year: 2018,
  arxiv: "1808.00391",
  venue: "BMVC",
  kinds: ["strategy"],
  summary:
    "Grows cells block by block under the guidance of a surrogate, with shared weights and with sampling at a falling temperature in place of a greedy choice.",
  mechanism:
    "Cells of one block are tried first; a recurrent surrogate learns from their quick scores and predicts all extensions by another block. Predictions become probabilities from which the next candidates are drawn, broad at first and sharp later. Candidates inherit shared weights, so each trains briefly.",
  claims: [
    "Search in days where its greedy ancestor took hundreds.",
    "Sampling finds better cells than the greedy top at equal count.",
  ],
  here: {
    status: "implemented",
    links: ["strategies.epnas", "spaces.darts", "spaces.nb201"],
    note: "Annealed progressive search with a recurrent surrogate is a strategy; weights are not shared between candidates.",
    run: "morph search --strategy epnas --data mnist --time 5m",
  },
  data: "CIFAR-10; a cell table for quick comparisons.",
});
