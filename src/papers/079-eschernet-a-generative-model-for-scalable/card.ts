import { defineCard } from "../card.js";

export const card = defineCard({
  id: 79,
  title: "EscherNet: A Generative Model for Scalable View Synthesis",
  authors: "Kong, Liu et al.",
  year: 2024,
  arxiv: "2402.03908",
  venue: "CVPR",
  kinds: ["architecture", "generation"],
  summary:
    "Generates any number of new views of an object from any number of given ones by diffusion, with camera poses only in the attention.",
  mechanism:
    "Keys and queries are multiplied by a transform of each camera's pose, so that their product depends on the relative pose alone. Targets attend to each other and to encoded references inside a latent U-Net.",
  claims: [
    "Quality grows with the number of references.",
    "Better than single-view models, consistent over a hundred views.",
  ],
  here: {
    status: "absent",
    links: ["nn.rotaryPositions"],
    note: "Rotary attention, the one-dimensional relative, is here; diffusion is not.",
  },
  data: "Rendered objects with cameras.",
});
