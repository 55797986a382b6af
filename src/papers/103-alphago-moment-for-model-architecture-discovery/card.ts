import { defineCard } from "../card.js";

export const card = defineCard({
  id: 103,
  title: "AlphaGo Moment for Model Architecture Discovery",
  authors: "Liu et al.",
  year: 2025,
  arxiv: "2507.18074",
  kinds: ["strategy", "language", "predictor"],
  summary:
    "A closed loop of language-model agents that rewrites the code of sequence layers, trains it, judges it, remembers and goes on.",
  mechanism:
    "A pool of the best fifty feeds parents and references; a planner writes a new layer with a motive, checks for novelty and complexity reject copies, failures are repaired from the log, training gives loss and scores, and a judge adds an opinion. Analyses are kept as memory.",
  claims: [
    "More than a hundred layers better than the start were found.",
    "Findings grew linearly with compute.",
  ],
  here: {
    status: "partial",
    links: ["strategies.asiArch"],
    note: "The cycle of researcher, engineer with a causality probe, analyst, knowledge and pool runs with a language model or a typed grammar; the space of linear attention is not here.",
    run: "morph search --space recurrent --strategy asi-arch --data mnist --time 5m",
  },
  data: "Web text at three model sizes in the paper; small generated recall tasks would do here.",
});
