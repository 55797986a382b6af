import { defineCard } from "../card.js";

export const card = defineCard({
  id: 47,
  title: "Ewald-based Long-Range Message Passing for Molecular Graphs",
  authors: "Kosmala, Gasteiger et al.",
  year: 2023,
  arxiv: "2303.04791",
  venue: "ICML",
  kinds: ["architecture"],
  summary: "Adds messages between all atoms to molecular graph networks by computing them in Fourier space.",
  mechanism:
    "Embeddings are summed to structure factors for frequencies below a cut-off, multiplied by learned filters, and transformed back to the atoms. Periodic cells use lattice frequencies, molecules a voxel grid in their own frame. It runs beside any short-range network.",
  claims: [
    "Energy errors fall by a tenth to a sixth over four networks.",
    "Gains are largest where dispersion matters.",
  ],
  here: { status: "absent", links: ["nn.gcnConv"], note: "Graph layers exist; no molecular potentials do." },
  data: "OC20, OE62; generated clusters.",
});
