import { defineCard } from "../card.js";

export const card = defineCard({
  id: 57,
  title: "Large Language Models Are Not Strong Abstract Reasoners",
  authors: "Gendron, Bao et al.",
  year: 2024,
  arxiv: "2305.19555",
  venue: "IJCAI",
  kinds: ["benchmark", "language", "analysis"],
  summary:
    "Turns puzzles of abstract reasoning into text and runs language models on them in several ways of prompting.",
  mechanism:
    "Grids, list functions, pointer tasks, matrices and logic are written as few-shot prompts, open or multiple choice. Direct answers, chains of thought, programs and self-correction loops are compared; answers are extracted by rule and failures reported.",
  claims: [
    "Every model tested is weak, many no better than guessing.",
    "Prompting tricks and more examples add little.",
  ],
  here: { status: "absent", links: [], note: "No text models are here yet." },
  data: "Public ARC tasks; generated pointer and list tasks.",
});
