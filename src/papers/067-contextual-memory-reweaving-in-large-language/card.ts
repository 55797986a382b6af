import { defineCard } from "../card.js";

export const card = defineCard({
  id: 67,
  title: "Contextual Memory Reweaving in Large Language Models Using Layered Latent State Reconstruction",
  authors: "Dillon, Halvorsen et al.",
  year: 2025,
  arxiv: "2502.02046",
  kinds: ["architecture"],
  summary:
    "Keeps chosen hidden states of earlier tokens inside a language model and blends them into later computation, in place of an outside store.",
  mechanism:
    "States from some layers are scored for long-range use, the best of each segment are stored, and later layers read them by attention, aligned and gated, and add the result to the token's state.",
  claims: [
    "Recall at long distance rises by many points, delay a little.",
    "Rare words and long dialogues profit.",
  ],
  here: {
    status: "absent",
    links: ["nn.attention"],
    note: "Attention with windows is here; the memory is not.",
  },
  differences: "The text leaves much open; our reading would be stated with results.",
  data: "Long texts; generated recall tasks.",
});
