import { defineCard } from "../card.js";

export const card = defineCard({
  id: 20,
  title: "On the generalization capacity of neural networks during generic multimodal reasoning",
  authors: "Ito, Dan et al.",
  year: 2024,
  arxiv: "2401.15030",
  venue: "ICLR",
  kinds: ["benchmark", "analysis", "architecture"],
  summary:
    "A generator of picture-plus-instruction puzzles with three ways to test beyond the training distribution, and seven base networks measured on it.",
  mechanism:
    "Objects with shape and colour lie on a grid; an instruction is a tree of operators such as exists, get colour, or parity of coordinates, joined by if-then-else. Held-out splits add distractors, new combinations, or deeper trees.",
  claims: [
    "Attention across both inputs copes with distractors and new combinations.",
    "No network copes with deeper trees than it saw.",
  ],
  here: {
    status: "absent",
    links: ["nn.encoderBlock", "nn.lstm"],
    note: "The layers of the compared networks are here; generator and study are not.",
  },
  data: "Generated, no download.",
});
