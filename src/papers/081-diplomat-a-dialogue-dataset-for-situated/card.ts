import { defineCard } from "../card.js";

export const card = defineCard({
  id: 81,
  title: "DiPlomat: A Dialogue Dataset for Situated Pragmatic Reasoning",
  authors: "Li, Zhu, Zheng",
  year: 2023,
  arxiv: "2306.09030",
  venue: "NeurIPS",
  kinds: ["benchmark", "language"],
  summary:
    "Spoken-style dialogues in which people marked the turns that are not meant literally, and wrote why; models must find them and read them rightly.",
  mechanism:
    "One task asks for the turn and then the right reading among choices; another asks questions about what was implied. A zero-shot test measures how much context matters. Splits are fixed.",
  claims: [
    "No model tested exceeds 0.7 on finding and reading, or 0.3 on questions.",
    "Without context models fall back to the literal meaning.",
  ],
  here: { status: "absent", links: [], note: "Text encoders are not here yet." },
  data: "DiPlomat, a line of JSON for each dialogue.",
});
