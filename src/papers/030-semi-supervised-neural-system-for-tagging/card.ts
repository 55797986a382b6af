import { defineCard } from "../card.js";

export const card = defineCard({
  id: 30,
  title: "Semi-Supervised Neural System for Tagging, Parsing and Lematization",
  authors: "Rybak, Wróblewska",
  year: 2018,
  venue: "CoNLL shared task",
  kinds: ["architecture", "language", "training"],
  summary:
    "One network that tags, lemmatises and parses sentences in Universal Dependencies, with a loss that forbids cycles in the tree.",
  mechanism:
    "Words are vectors joined with a dilated character convolution, read by a two-way recurrent encoder. Heads come from a bilinear score matrix; powers of the soft head matrix have a trace that counts cycles, and it is punished. Automatically parsed text adds training data.",
  claims: [
    "Third place in labelled attachment over 82 test sets.",
    "The cycle loss lowers the share of broken trees.",
  ],
  here: {
    status: "absent",
    links: ["nn.lstm", "nn.bilinear"],
    note: "Recurrent and bilinear layers are here; the parser is not.",
  },
  data: "Universal Dependencies treebanks in CoNLL-U.",
});
