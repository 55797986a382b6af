import { defineCard } from "../card.js";

export const card = defineCard({
  id: 61,
  title: "A Dataset for Document Grounded Conversations",
  authors: "Zhou, Prabhumoye, Black",
  year: 2018,
  arxiv: "1809.07358",
  venue: "EMNLP",
  kinds: ["benchmark", "language", "architecture"],
  summary:
    "People chat about a film while reading an article on it; each utterance is tied to the section that was on screen, so replies can be grounded.",
  mechanism:
    "Two sequence-to-sequence baselines fix the benchmark: one sees the dialogue only, the other also the section. Utterances carry the index of the section, and who saw the document is known.",
  claims: [
    "Giving the section halves perplexity.",
    "People find the grounded replies more fluent and more engaging.",
  ],
  here: {
    status: "absent",
    links: ["nn.lstm"],
    note: "Recurrent encoders are here; dialogue training is not.",
  },
  data: "CMU-DoG conversations with thirty articles, JSON.",
});
