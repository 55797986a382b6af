import { defineCard } from "../card.js";

export const card = defineCard({
  id: 89,
  title: "Adding Gradient Noise Improves Learning for Very Deep Networks",
  authors: "Neelakantan et al.",
  year: 2015,
  arxiv: "1511.06807",
  kinds: ["training"],
  summary:
    "Adds Gaussian noise, fading over time, to all gradients: free of cost, and of help to very deep or odd networks stuck on a plateau.",
  mechanism:
    "The variance falls as a power of the step. Noise is added after clipping and before the optimiser. It was tried on deep perceptrons from poor starts, on memory networks and on programs learned from data.",
  claims: [
    "Poorly initialised deep networks train where plain descent does not.",
    "A good start leaves no difference.",
  ],
  here: {
    status: "implemented",
    links: ["nn.gradientNoise", "nn.clipByNorm"],
    note: "A wrapper around every optimiser, from counter-based random numbers, so runs repeat bit by bit.",
  },
  differences: "Order with clipping can be chosen by nesting the wrappers.",
  data: "MNIST; generated programs.",
});
