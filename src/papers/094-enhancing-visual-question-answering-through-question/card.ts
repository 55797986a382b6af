import { defineCard } from "../card.js";

export const card = defineCard({
  id: 94,
  title: "Enhancing Visual Question Answering through Question-Driven Image Captions as Prompts",
  authors: "Özdemir, Akagündüz",
  year: 2024,
  arxiv: "2404.08589",
  venue: "CVPR workshop",
  kinds: ["language", "predictor"],
  summary:
    "Answers questions about images by a text-only model that reads a caption written with the question in mind.",
  mechanism:
    "Keywords of the question steer a captioner; the caption and question go to a chat model that answers in one or two words. Captioners and question types are compared on a balanced test set.",
  claims: [
    "Steered captions beat general ones overall.",
    "The gain is in verifying and attributes, not in relations.",
  ],
  here: { status: "absent", links: [], note: "No captioners or language models are here." },
  data: "GQA, public questions about images with their types and answers.",
});
