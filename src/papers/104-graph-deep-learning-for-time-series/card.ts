import { defineCard } from "../card.js";

export const card = defineCard({
  id: 104,
  title: "Graph Deep Learning for Time Series Forecasting",
  authors: "Cini, Marisca et al.",
  year: 2025,
  arxiv: "2310.15978",
  kinds: ["survey", "architecture", "benchmark", "analysis"],
  summary:
    "A tutorial on forecasting many correlated series with graphs: how to compose models, what to share, how to judge residuals.",
  mechanism:
    "Encoders in time, message passing in space and readouts are combined, together or one after the other. Parameters are global, local or hybrid by node embeddings. Tests of correlation in residuals say whether structure was left unused.",
  claims: [
    "Global models with graphs beat local ones where series truly depend on each other.",
    "Node embeddings recover local effects cheaply.",
  ],
  here: {
    status: "absent",
    links: ["nn.gcnConv", "spaces.recurrent"],
    note: "Graph convolution and sequence models exist; their combination does not.",
  },
  data: "Traffic and energy series; generated processes on graphs.",
});
