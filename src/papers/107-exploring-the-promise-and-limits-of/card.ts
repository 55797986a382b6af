import { defineCard } from "../card.js";

export const card = defineCard({
  id: 107,
  title: "Exploring the Promise and Limits of Real-Time Recurrent Learning",
  authors: "Irie, Gopalakrishnan, Schmidhuber",
  year: 2024,
  arxiv: "2305.19044",
  venue: "ICLR",
  kinds: ["training", "architecture", "analysis"],
  summary:
    "Exact gradients in real time for recurrent networks, made cheap by a cell whose units depend on their own past only.",
  mechanism:
    "With elementwise recurrence the sensitivities are one number for each weight and are carried forward, so no history is stored. The cell is joined with actor-critic learning; several layers break exactness, and that limit is stated.",
  claims: [
    "Memory tasks of length five hundred are solved.",
    "Gains over truncated gradients where memory outlasts the window.",
  ],
  here: {
    status: "absent",
    links: ["nn.lstm"],
    note: "Recurrent layers learn by reverse scans here; forward sensitivities are not carried.",
  },
  data: "Copy tasks; memory environments.",
});
