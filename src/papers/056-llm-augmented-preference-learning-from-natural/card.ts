import { defineCard } from "../card.js";

export const card = defineCard({
  id: 56,
  title: "LLM-augmented Preference Learning from Natural Language",
  authors: "Kang, Ruan et al.",
  year: 2023,
  arxiv: "2310.08523",
  kinds: ["language", "benchmark", "predictor"],
  summary:
    "Decides from a text whether its author prefers one of two named things, and compares prompted language models with trained classifiers.",
  mechanism:
    "Models answer in a fixed form, with no or a few examples; outputs are parsed and invalid ones counted. Encoders and a graph network over the dependency tree are the trained rivals. Swapping the two names checks consistency.",
  claims: [
    "Prompted models win on long forum posts and tie on single sentences.",
    "Examples in the prompt help.",
  ],
  here: { status: "absent", links: [], note: "Text models are not here yet." },
  data: "CompSent-19, a table of comparative sentences; a trained bag of words is the baseline.",
});
