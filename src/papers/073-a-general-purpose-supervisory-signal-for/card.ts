import { defineCard } from "../card.js";

export const card = defineCard({
  id: 73,
  title: "A General Purpose Supervisory Signal for Embodied Agents",
  authors: "Singh, Salvador et al.",
  year: 2023,
  arxiv: "2212.01186",
  venue: "ICCV 2023",
  kinds: ["training", "representation"],
  summary:
    "While an agent trains in a simulator, its memory is made recognisable from the true scene graph of what it has met; afterwards the graph is thrown away.",
  mechanism:
    "A graph encoder embeds rooms, objects and relations seen so far; a contrastive loss pairs that vector with the agent's belief among other agents' and times. Only the loss uses the simulator's knowledge, so the deployed agent is unchanged.",
  claims: ["Success rates rise over the same agents without it.", "Memory decodes meaning better."],
  here: {
    status: "absent",
    links: ["nn.infoNce"],
    note: "The contrastive loss is here; agents and simulators are not.",
  },
  data: "Simulated rooms.",
});
