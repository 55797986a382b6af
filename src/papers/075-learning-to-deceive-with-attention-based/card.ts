import { defineCard } from "../card.js";

export const card = defineCard({
  id: 75,
  title: "Learning to Deceive with Attention-Based Explanations",
  authors: "Pruthi, Gupta et al.",
  year: 2020,
  arxiv: "1909.07913",
  venue: "ACL",
  kinds: ["analysis", "training", "language"],
  summary:
    "A model can be taught to show almost no attention to certain words while using them all the same: attention maps are no audit.",
  mechanism:
    "The logarithm of attention mass off forbidden tokens is added to the loss, averaged over heads or for the worst head. Accuracy, mass, gradients and removal of the words are compared between honest and deceptive twins.",
  claims: [
    "Accuracy falls by about a point while mass falls by orders of magnitude.",
    "Holds for recurrent nets, BERT and sequence tasks.",
  ],
  here: { status: "absent", links: ["nn.attention"], note: "Attention layers are here; the audit is not." },
  data: "Short texts with known telling words.",
});
