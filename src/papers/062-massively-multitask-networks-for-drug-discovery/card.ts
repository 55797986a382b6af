import { defineCard } from "../card.js";

export const card = defineCard({
  id: 62,
  title: "Massively Multitask Networks for Drug Discovery",
  authors: "Ramsundar, Kearnes et al.",
  year: 2015,
  arxiv: "1502.02072",
  kinds: ["benchmark", "architecture", "training", "analysis"],
  summary:
    "One shared network with hundreds of yes-no outputs, one for each biological assay, where a molecule is labelled in few: when does sharing help?",
  mechanism:
    "Circular fingerprints of molecules feed shared layers; every task has a small head, and missing labels are masked in the loss. Growth in tasks and in data is varied separately, against logistic regression, forests and single-task networks.",
  claims: [
    "Multitask networks beat single-task ones in the median.",
    "More tasks and more data both help; transfer to new tasks is limited.",
  ],
  here: {
    status: "absent",
    links: ["nn.binaryCrossEntropy"],
    note: "Losses with weights exist; fingerprints and many heads do not.",
  },
  data: "Tox21 and larger assay collections as SMILES.",
});
