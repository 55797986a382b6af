import { defineCard } from "../card.js";

export const card = defineCard({
  id: 26,
  title: "DiffusionNAG: Predictor-guided Neural Architecture Generation with Diffusion Models",
  authors: "An, Lee et al.",
  year: 2024,
  arxiv: "2305.16943",
  venue: "ICLR",
  kinds: ["strategy", "representation", "generation"],
  summary:
    "Generates architectures by diffusion and pulls the samples towards high predicted accuracy while they form.",
  mechanism:
    "A score network over one-hot nodes is trained without labels on valid graphs with added noise. When sampling backwards, a predictor of the wanted property adds its gradient to the score. Results are rounded to graphs, checked, and the best are trained.",
  claims: [
    "Good networks after few trainings, many times faster than transferable search.",
    "Guided samples are better than unguided or random ones in optimisation loops.",
  ],
  here: {
    status: "absent",
    links: ["spaces.nb201", "schema.encode"],
    note: "Spaces can be encoded as one-hot vectors; the diffusion model is not here.",
  },
  data: "NAS-Bench-201 for labels; data set conditioning needs features of sets.",
});
