import { defineCard } from "../card.js";

export const card = defineCard({
  id: 45,
  title:
    "SmartMixed: A Two-Phase Training Strategy for Adaptive Activation Function Learning in Neural Networks",
  authors: "Omidvar",
  year: 2025,
  arxiv: "2510.22450",
  kinds: ["training", "architecture", "strategy"],
  summary:
    "Lets each neuron choose its activation among six while training, then fixes the choice and goes on with a plain network.",
  mechanism:
    "Logits for each neuron select by a hard Gumbel mixture in phase one, gradients flow straight through. The winners are frozen; neurons of a kind are grouped, so phase two costs what an ordinary network costs.",
  claims: [
    "Mixed activations match or beat the best uniform one over several depths.",
    "Layers show preferences of their own.",
  ],
  here: {
    status: "absent",
    links: ["nn.gumbelGate", "nn.ACTIVATIONS"],
    note: "Gumbel gates and the activations are here; the two-phase layer is not.",
  },
  data: "MNIST.",
});
