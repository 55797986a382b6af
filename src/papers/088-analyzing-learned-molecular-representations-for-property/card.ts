import { defineCard } from "../card.js";

export const card = defineCard({
  id: 88,
  title: "Analyzing Learned Molecular Representations for Property Prediction",
  authors: "Yang, Swanson et al.",
  year: 2019,
  arxiv: "1904.01561",
  venue: "J. Chem. Inf. Model.",
  kinds: ["architecture", "predictor", "analysis"],
  summary:
    "A molecular network whose messages live on directed bonds, so that none returns at once to where it came from, with a broad and honest benchmark.",
  mechanism:
    "Each bond has two directed states that sum what flows in but for the reverse; after three rounds atoms collect them, a readout joins computed descriptors, and ensembles average. Splits by scaffold imitate real use.",
  claims: [
    "Equal or better than fingerprints on most of 35 data sets.",
    "Scaffold splits are much harder than random ones.",
  ],
  here: {
    status: "absent",
    links: ["nn.sumOfNeighbours"],
    note: "Sums over edges are here; molecules are not read.",
  },
  data: "Solubility, toxicity and other tables of SMILES.",
});
