import { defineCard } from "../card.js";

export const card = defineCard({
  id: 16,
  title:
    "Partial Differential Equations is All You Need for Generating Neural Architectures -- A Theory for Physical Artificial Intelligence Systems",
  authors: "Guo, Huang, Xu",
  year: 2021,
  arxiv: "2103.08313",
  kinds: ["architecture", "space", "analysis"],
  summary:
    "Reads layers as time steps of a discretised evolution equation: write down the equation and get the network.",
  mechanism:
    "A field with diffusion, transport, potential, reaction and source terms is stepped explicitly; stencils turn into convolutions, integral kernels into dense layers, reactions into activations, second-order time into momentum-like steps. Wave and paraxial forms stand for optical devices.",
  claims: [
    "Perceptrons, convolutional and recurrent networks are special cases.",
    "Known optimisers correspond to solvers. No experiment is reported.",
  ],
  here: {
    status: "implemented",
    links: ["spaces.npde", "spaces.eulerStep", "spaces.laplacian", "spaces.waveStep"],
    note: "Terms, steps and boundary conditions are decisions of a space; exact checks of heat flow, waves and energy are unit tests.",
    run: "morph space npde --sample 3",
  },
  differences: "The paper gives no numbers; the comparison with plain networks is ours.",
  data: "Any images or tables; analytic solutions for checks.",
});
