import { defineCard } from "../card.js";

export const card = defineCard({
  id: 40,
  title: "Towards Self-Assembling Artificial Neural Networks through Neural Developmental Programs",
  authors: "Najarro, Sudhakaran, Risi",
  year: 2023,
  arxiv: "2307.08197",
  venue: "ALIFE",
  kinds: ["architecture", "representation", "training"],
  summary: "Grows a network from a single cell by a local developmental program, as an embryo grows.",
  mechanism:
    "Nodes carry states that are exchanged along edges for a few steps; one small network decides from a node's state whether it divides, another sets the weight between two nodes. After some rounds of growth the graph is used as a policy or classifier. Programs are trained by evolution, or by gradient where growth is relaxed.",
  claims: [
    "Grown networks solve control tasks and small digits.",
    "Growth adds robustness that fixed wiring lacks, though accuracy trails direct training.",
  ],
  here: { status: "absent", links: [], note: "No developmental encoding is here." },
  data: "Control tasks such as a balancing pole; MNIST.",
});
