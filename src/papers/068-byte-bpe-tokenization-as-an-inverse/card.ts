import { defineCard } from "../card.js";

export const card = defineCard({
  id: 68,
  title: "Byte BPE Tokenization as an Inverse string Homomorphism",
  authors: "Geng, Gambhir et al.",
  year: 2024,
  arxiv: "2412.03160",
  kinds: ["analysis", "language", "representation"],
  summary:
    "Shows that decoding tokens is a string homomorphism, so that regular and context-free structure survives tokenisation.",
  mechanism:
    "A language over tokens is the inverse image of the language over bytes. From an automaton over bytes one over tokens follows by running it along each token's bytes; pushdown automata likewise. Proper tokenisations are the subset an encoder emits.",
  claims: [
    "The class of a language is unchanged by any tokeniser.",
    "So tokenisation alone does not alter what architectures can recognise.",
  ],
  here: { status: "absent", links: [], note: "Tokenisers are not here yet." },
  data: "Tokeniser files; small grammars.",
});
