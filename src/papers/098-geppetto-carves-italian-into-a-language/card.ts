import { defineCard } from "../card.js";

export const card = defineCard({
  id: 98,
  title: "GePpeTto Carves Italian into a Language Model",
  authors: "De Mattei et al.",
  year: 2020,
  arxiv: "2004.14253",
  venue: "CLiC-it",
  kinds: ["language", "architecture", "analysis"],
  summary:
    "The first GPT-2 for Italian, examined from two sides: perplexity by genre, and what its prose looks like beside people's.",
  mechanism:
    "A small transformer with byte-pair tokens is trained on encyclopaedia and web text. It is measured on five genres, its sentences are profiled for length, depth and word classes, and people judge completions against a Markov model.",
  claims: [
    "Perplexity is lowest on encyclopaedic and highest on social text.",
    "Its sentences are shorter than human ones, though complex.",
  ],
  here: {
    status: "absent",
    links: ["nn.tokenEmbedding", "nn.decoderBlock", "nn.perplexity"],
    note: "The blocks of such a model are here; tokeniser and text training are not.",
  },
  data: "Italian text; treebanks for the profile.",
});
