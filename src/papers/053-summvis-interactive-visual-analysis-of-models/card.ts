import { defineCard } from "../card.js";

export const card = defineCard({
  id: 53,
  title: "SummVis: Interactive Visual Analysis of Models, Data, and Evaluation for Text Summarization",
  authors: "Vig, Kryściński et al.",
  year: 2021,
  arxiv: "2104.07605",
  venue: "ACL demo",
  kinds: ["analysis", "language"],
  summary:
    "Shows a document beside its summaries and marks which words are copied, reworded, new, or new names that may be invented.",
  mechanism:
    "Three aligners work on tokens: stemmed n-grams, embedding similarity of sentences' tokens, and entities without support. Results are laid over the text with switches for each aligner and model.",
  claims: [
    "Makes factual slips and the degree of rewording visible word by word.",
    "A case study finds invented names in well-known systems.",
  ],
  here: {
    status: "absent",
    links: [],
    note: "Reports are written as single pages here; this viewer is not.",
  },
  data: "Documents with summaries, a line of JSON each.",
});
