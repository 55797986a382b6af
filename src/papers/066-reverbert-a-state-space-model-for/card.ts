import { defineCard } from "../card.js";

export const card = defineCard({
  id: 66,
  title: "ReverBERT: A State Space Model for Efficient Text-Driven Speech Style Transfer",
  authors: "Brown, Martinez, Singh",
  year: 2025,
  arxiv: "2503.20992",
  kinds: ["architecture", "generation"],
  summary:
    'Rewrites how an utterance is spoken after a sentence such as "slow and whispered", keeping its words.',
  mechanism:
    "A text vector drives a selective state-space recurrence over speech features, modulating step size and input; feed-forward parts are scaled and shifted by it, and style is made global by transforming the latent to frequencies. A vocoder turns spectra into sound.",
  claims: [
    "Better natural sound at lower cost than attention or diffusion baselines, according to its authors.",
    "Figures were not available to us.",
  ],
  here: {
    status: "absent",
    links: ["ops.Builder"],
    note: "Scan with gradients and Fourier operators are here; the speech system is not.",
  },
  data: "Recordings of expressive speech with descriptions of their style.",
});
