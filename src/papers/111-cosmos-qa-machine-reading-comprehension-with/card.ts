import { defineCard } from "../card.js";

export const card = defineCard({
  id: 111,
  title: "Cosmos QA: Machine Reading Comprehension with Contextual Commonsense Reasoning",
  authors: "Huang, Le Bras et al.",
  year: 2019,
  arxiv: "1909.00277",
  venue: "EMNLP",
  kinds: ["benchmark", "language", "architecture"],
  summary:
    "Reading comprehension where the answer is not in the text: causes, motives and what-ifs of everyday stories, four choices each.",
  mechanism:
    "Blog paragraphs with questions and four answers written by people; a BERT model with attention between paragraph, question and answer in all directions is the baseline. Looking at answers only shows how much is artefact.",
  claims: ["The best model reached 68 %, people 94.", "Answer-only models are above chance."],
  here: { status: "absent", links: [], note: "Text encoders are not here yet." },
  data: "Cosmos QA, public tables with a paragraph, a question, four answers and a label in each row.",
});
