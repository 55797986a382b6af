import { defineCard } from "../card.js";

export const card = defineCard({
  id: 37,
  title: "Can GPT-4 Perform Neural Architecture Search?",
  authors: "Zheng, Su et al.",
  year: 2023,
  arxiv: "2304.10970",
  kinds: ["strategy", "language"],
  summary:
    "Uses a general language model as the optimiser: describe the space in words, ask for a network, say how good it was, ask again.",
  mechanism:
    "One conversation states task, operators, wiring and rules; each answer is parsed to a genotype, evaluated, and the measured accuracy is returned with the wish for something better. About ten rounds at temperature zero.",
  claims: [
    "Ten evaluations come near the best cells of NAS-Bench-201.",
    "Works on channel numbers and on a mobile space too.",
  ],
  here: {
    status: "implemented",
    links: [
      "strategies.genius",
      "benchmarks.nb201Benchmark",
      "benchmarks.channelBenchmark",
      "benchmarks.macroBenchmark",
    ],
    note: "Any endpoint that speaks the OpenAI protocol proposes, over any space; transcripts are kept and replayed. No model was at hand, so the claim itself is untested.",
    run: "morph bench",
  },
  data: "Tables of NAS-Bench-201, of channel numbers and NAS-Bench-Macro.",
});
