import { defineCard } from "../card.js";

export const card = defineCard({
  id: 51,
  title: "Symmetric Single Index Learning",
  authors: "Zweig, Bruna",
  year: 2024,
  arxiv: "2310.02117",
  venue: "ICLR",
  kinds: ["analysis", "benchmark"],
  summary:
    "Theory of when gradient flow learns a function of one hidden direction if inputs are sets, so features must be symmetric.",
  mechanism:
    "Power sums of points on the unit circle behave like independent complex Gaussians if points are eigenvalues of random unitary matrices. Known results on single-index learning then apply with an information exponent that decides how long the search phase takes.",
  claims: [
    "The planted direction is recovered for links of bounded degree.",
    "Time depends on degree and on the lowest informative term.",
  ],
  here: { status: "absent", links: [], note: "No theory lab is here." },
  data: "Generated eigenvalue sets.",
});
