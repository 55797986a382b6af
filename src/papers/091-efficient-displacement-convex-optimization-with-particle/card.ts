import { defineCard } from "../card.js";

export const card = defineCard({
  id: 91,
  title: "Efficient displacement convex optimization with particle gradient descent",
  authors: "Daneshmand, Lee, Jin",
  year: 2023,
  arxiv: "2302.04753",
  venue: "ICML",
  kinds: ["training", "analysis"],
  summary:
    "Guarantees for minimising a function of a distribution by moving finitely many particles with plain gradient steps.",
  mechanism:
    "If the function is convex along optimal-transport paths, particles reach a near-optimal measure with counted particles and steps. Non-smooth cases use subgradients and slight perturbations so that particles stay apart. A small two-layer network is covered.",
  claims: [
    "The number of particles needed falls with the square of the error, for Lipschitz functions.",
    "First guarantees of the kind for a finite number.",
  ],
  here: { status: "absent", links: [], note: "Optimisers are here; energies of measures are not." },
  data: "Generated points.",
});
