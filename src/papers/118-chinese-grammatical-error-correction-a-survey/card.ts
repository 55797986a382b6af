import { defineCard } from "../card.js";

export const card = defineCard({
  id: 118,
  title: "Chinese Grammatical Error Correction: A Survey",
  authors: "Qiu, Gao et al.",
  year: 2025,
  arxiv: "2504.00977",
  kinds: ["survey", "language", "benchmark"],
  summary:
    "Surveys the correction of Chinese sentences: data, how errors are annotated, how corrections are scored, systems from rules to language models.",
  mechanism:
    "Edits are redundant, missing, substituted or misplaced words; systems tag edits or rewrite whole sentences; scores weigh precision over recall on extracted edits against several references. Here it is a tree of these choices.",
  claims: [
    "Standards for segmenting, references and metrics are the bottleneck.",
    "Rewriting models reach roughly the same score as edit tagging.",
  ],
  here: {
    status: "partial",
    links: ["papers.listTrees"],
    note: "The tree is here; scorer and correctors are not.",
    run: "morph papers tree correction",
  },
  data: "MuCGEC and other public sets.",
});
