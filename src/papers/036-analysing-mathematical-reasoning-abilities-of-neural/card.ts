import { defineCard } from "../card.js";

export const card = defineCard({
  id: 36,
  title: "Analysing Mathematical Reasoning Abilities of Neural Models",
  authors: "Saxton, Grefenstette et al.",
  year: 2019,
  arxiv: "1904.01557",
  venue: "ICLR",
  kinds: ["benchmark", "language", "analysis"],
  summary:
    "A generator of school mathematics questions in free text, with answers as text, to see what sequence models can infer and compose.",
  mechanism:
    "Modules for algebra, arithmetic, calculus, comparison, measurement, numbers, polynomials and probability make questions with controlled difficulty; modules can be chained. Two test sets interpolate and extrapolate: larger numbers, more terms, deeper chains. Characters in, characters out, scored by exact match.",
  claims: [
    "Transformers do better than recurrent networks with attention.",
    "Intermediate calculation and larger numbers are where both fail.",
  ],
  here: {
    status: "absent",
    links: ["nn.encoderBlock", "nn.decoderBlock"],
    note: "The layers of both model classes exist; the generator does not.",
  },
  data: "Generated.",
});
