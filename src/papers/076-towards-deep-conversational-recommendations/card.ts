import { defineCard } from "../card.js";

export const card = defineCard({
  id: 76,
  title: "Towards Deep Conversational Recommendations",
  authors: "Li, Kahou et al.",
  year: 2018,
  arxiv: "1812.07617",
  venue: "NeurIPS",
  kinds: ["language", "benchmark", "architecture"],
  summary:
    "Ten thousand chats in which one person recommends films to another, and a system that reads, judges tastes and answers.",
  mechanism:
    "A hierarchical recurrent dialogue model reads messages; a second one reads the sentiment for each mentioned film; an autoencoder turns ratings into recommendations; the decoder switches between words and film names.",
  claims: [
    "Pre-training the recommender on ratings helps the cold start.",
    "People rank its replies above a plain dialogue model.",
  ],
  here: {
    status: "absent",
    links: ["nn.gru"],
    note: "Recurrent layers are here; recommenders and dialogue are not.",
  },
  data: "ReDial, with MovieLens ratings.",
});
