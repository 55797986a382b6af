import { defineCard } from "../card.js";

export const card = defineCard({
  id: 3,
  title:
    "Co-Exploration of Neural Architectures and Heterogeneous ASIC Accelerator Designs Targeting Multiple Tasks",
  authors: "Yang, Yan et al.",
  year: 2020,
  arxiv: "2002.04116",
  venue: "DAC",
  kinds: ["strategy", "hardware", "space"],
  summary:
    "Designs several networks and the chip that runs them at the same time, so that limits of latency, energy and area hold for all tasks together.",
  mechanism:
    "A recurrent controller emits the settings of every network and of a chip made of sub-accelerators with different dataflows and shares of bandwidth. A cost model schedules layers to them; violations are punished in the reward, accuracy of trained candidates is rewarded.",
  claims: [
    "Searching chip after network breaks specifications that the joint search keeps.",
    "Large savings of energy, latency and area for under one point of accuracy.",
  ],
  here: {
    status: "absent",
    links: [],
    note: "No accelerator model is here; limits on parameters, products, memory and latency are.",
  },
  data: "Image classification and segmentation in pairs, with three sets of specifications.",
});
