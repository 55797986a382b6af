import { defineCard } from "../card.js";

export const card = defineCard({
  id: 101,
  title:
    "It's All Connected: A Journey Through Test-Time Memorization, Attentional Bias, Retention, and Online Optimization",
  authors: "Behrouz et al.",
  year: 2025,
  arxiv: "2504.13173",
  kinds: ["architecture", "space", "training"],
  summary:
    "A design space of recurrent sequence layers, each seen as a memory that is trained token by token while it reads.",
  mechanism:
    "Four choices make a layer: the memory (vector, matrix, perceptron), the inner loss, the retention term that replaces a forget gate, and the inner optimiser. Known layers are points of this space; three new ones use other norms, a robust loss and a divergence.",
  claims: [
    "The new layers beat transformers and linear recurrent rivals at equal size.",
    "Their recall over long context is higher.",
  ],
  here: {
    status: "absent",
    links: ["nn.linearAttention"],
    note: "Linear attention, one point of the space, is here.",
  },
  data: "Web text; recall tasks.",
});
