import { defineCard } from "../card.js";

export const card = defineCard({
  id: 21,
  title: "Neural Networks and the Chomsky Hierarchy",
  authors: "Delétang, Ruoss et al.",
  year: 2023,
  arxiv: "2207.02098",
  venue: "ICLR",
  kinds: ["benchmark", "architecture", "analysis"],
  summary:
    "Fifteen sequence tasks in the order of the automaton that they need, trained on short inputs and tested on long ones: shows which memory an architecture really has.",
  mechanism:
    "Each task generates strings with exact targets. Recurrent nets, nets with a stack or a tape, and transformers are trained to lengths of about forty and measured far beyond. The class of tasks solved places the architecture in the hierarchy.",
  claims: [
    "Plain recurrent networks stay with regular tasks, a stack adds context-free, a tape context-sensitive ones.",
    "Transformers fail to extrapolate on most.",
  ],
  here: {
    status: "absent",
    links: ["nn.lstm", "nn.rnn", "nn.encoderBlock"],
    note: "Recurrent and attention layers are here; the tasks, stack and tape are not.",
  },
  data: "Generated, no download.",
});
