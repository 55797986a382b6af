import { defineCard } from "../card.js";

export const card = defineCard({
  id: 96,
  title: "Russian SuperGLUE 1.1: Revising the Lessons not Learned by Russian NLP models",
  authors: "Fenogenova et al.",
  year: 2022,
  arxiv: "2202.07791",
  kinds: ["benchmark", "language", "hardware"],
  summary:
    "Nine Russian language tasks with hidden test labels, in a revised edition, and a benchmark of speed and memory beside quality.",
  mechanism:
    "Tasks cover entailment, cause and effect, reading, word meaning and yes-no questions. The revision renews a test set, enlarges another and removes shortcuts. A harness measures records a second and memory of whole systems.",
  claims: ["People remain far above models.", "Smaller models win when speed counts."],
  here: {
    status: "absent",
    links: ["cost.measureLatency"],
    note: "Latency is measured here for any network; the tasks are not.",
  },
  data: "Russian SuperGLUE, a folder of JSON lines for each task.",
});
