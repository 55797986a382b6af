import { defineCard } from "../card.js";

export const card = defineCard({
  id: 22,
  title: "On Characterizing the Capacity of Neural Networks using Algebraic Topology",
  authors: "Guss, Salakhutdinov",
  year: 2018,
  arxiv: "1802.04443",
  kinds: ["analysis", "predictor"],
  summary:
    "Measures how holed and how scattered the classes of a data set are (Betti numbers) and asks which networks can draw such regions.",
  mechanism:
    "Persistent homology of the positive class gives its numbers of components and holes; decision regions of trained networks are sampled on a grid and measured alike. Width and depth are varied until the region can match, which happens suddenly.",
  claims: [
    "A network that cannot express the shape errs on a whole piece of it.",
    "Success appears as a phase transition in width.",
  ],
  here: { status: "absent", links: [], note: "No homology is computed here." },
  data: "Generated rings and clusters; image data after reduction.",
});
