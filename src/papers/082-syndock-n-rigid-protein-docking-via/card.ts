import { defineCard } from "../card.js";

export const card = defineCard({
  id: 82,
  title: "SyNDock: N Rigid Protein Docking via Learnable Group Synchronization",
  authors: "Ji et al.",
  year: 2023,
  arxiv: "2305.15156",
  kinds: ["architecture", "benchmark"],
  summary:
    "Assembles a complex of many rigid protein chains by making all pairwise estimates agree with one another.",
  mechanism:
    "A graph network predicts for each pair of chains a rotation, a shift and a trust. A differentiable synchronisation step turns these noisy relative motions into absolute ones, and the loss is taken on the assembled complex, so trust is learned.",
  claims: ["More accurate than docking software on its benchmark.", "Seconds in place of days."],
  here: {
    status: "absent",
    links: ["nn.gcnConv"],
    note: "Graph layers are here; geometry of proteins is not.",
  },
  data: "Protein complexes; synthetic rigid bodies for the synchroniser.",
});
