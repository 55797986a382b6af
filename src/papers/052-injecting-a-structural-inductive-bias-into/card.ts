import { defineCard } from "../card.js";

export const card = defineCard({
  id: 52,
  title: "Injecting a Structural Inductive Bias into a Seq2Seq Model by Simulation",
  authors: "Lindemann, Koller, Titov",
  year: 2024,
  arxiv: "2310.00796",
  venue: "ACL",
  kinds: ["training", "language", "benchmark"],
  summary:
    "Gives a sequence model a structural bias by first teaching it to simulate finite-state transducers.",
  mechanism:
    "Random transducers are described as a prefix of vectors; the model reads description and string and must output the transduction. Later the description is replaced by a tunable prefix and the model is tuned on a small real task.",
  claims: [
    "Generalises to longer inputs and new combinations better than plain pre-training.",
    "Hidden states encode the simulated automaton's state.",
  ],
  here: {
    status: "absent",
    links: ["nn.decoderBlock"],
    note: "Transformer blocks exist; sequence-to-sequence training does not.",
  },
  data: "Generated transducers; text editing and pronunciation tasks.",
});
