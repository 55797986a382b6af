import { defineCard } from "../card.js";

export const card = defineCard({
  id: 105,
  title: "TabKAN: Advancing Tabular Data Analysis using Kolmogorov-Arnold Network",
  authors: "Eslamian, Afzal Aghaei, Cheng",
  year: 2025,
  arxiv: "2504.06559",
  kinds: ["architecture", "space", "training"],
  summary:
    "A family of networks for tables in which every connection carries a learned function of one variable.",
  mechanism:
    "Variants differ in basis: splines, Chebyshev, Fourier, Jacobi, rational or wavelet. Settings are searched, layers can be mixed, weights transfer between tables that share columns, and the first layer tells the importance of columns.",
  claims: [
    "Better ranking scores than several table models on public tables, ten of them.",
    "Larger gains in transfer.",
  ],
  here: {
    status: "partial",
    links: ["nn.kanLinear", "spaces.tabular"],
    note: "The spline variant is a choice of the space for tables; other bases are not here.",
    run: "morph search --space tabular --data babae98.csv --target y",
  },
  data: "Public tables with a target column.",
});
