import { defineCard } from "../card.js";

export const card = defineCard({
  id: 69,
  title: "Emo-DPO: Controllable Emotional Speech Synthesis through Direct Preference Optimization",
  authors: "Gao, Zhang et al.",
  year: 2024,
  arxiv: "2409.10157",
  kinds: ["training", "generation", "language"],
  summary:
    "Tunes a speech-generating language model by preferences, so that it speaks with the emotion that was asked for.",
  mechanism:
    "The model maps emotion and text to discrete speech tokens. After supervised tuning, pairs of recordings of one sentence, in the right emotion and in another, train it by direct preference optimisation against a frozen copy.",
  claims: [
    "Preferred by listeners over supervised tuning alone.",
    "Emotion and intelligibility both improve.",
  ],
  here: {
    status: "absent",
    links: ["nn.klDivergence"],
    note: "Losses can be written; no token model of speech is here.",
  },
  data: "Emotional speech corpora with equal sentences.",
});
