import { defineCard } from "../card.js";

export const card = defineCard({
  id: 4,
  title:
    "Biological Processing Units: Leveraging an Insect Connectome to Pioneer Biofidelic Neural Architectures",
  authors: "Yu, Qin et al.",
  year: 2025,
  arxiv: "2507.10951",
  venue: "AGI",
  kinds: ["architecture", "analysis", "benchmark"],
  summary:
    "Takes the wiring diagram of a fruit-fly larva's brain, keeps it frozen as a recurrent core, and trains only the way in and the way out.",
  mechanism:
    "The signed matrix of synapse counts between some three thousand neurons is scaled and unrolled a handful of steps. A linear map feeds the sensory neurons at the start, another reads the output neurons at the end. Gradients pass through the frozen core. The core can be enlarged by a generator that keeps block statistics.",
  claims: [
    "Reaches about 98 % on handwritten digits, slightly more than a perceptron with a frozen middle.",
    "Accuracy rises as the core is expanded.",
  ],
  here: {
    status: "absent",
    links: ["nn.linear"],
    note: "Frozen constants in a graph are possible today; the connectome reader and unrolled core are not here.",
  },
  data: "Larva connectome (public edge list), MNIST, CIFAR-10, chess puzzles.",
});
