import { defineCard } from "../card.js";

export const card = defineCard({
  id: 106,
  title: "Towards Signal Processing In Large Language Models",
  authors: "Verma, Pilanci",
  year: 2024,
  arxiv: "2406.10254",
  kinds: ["architecture"],
  summary:
    "Treats each coordinate of a transformer's hidden state as a signal over tokens and filters it by a learned bank between blocks.",
  mechanism:
    "Causal filters shared by all coordinates split the signal in bands, gains fixed or predicted from context scale them, and a second set of filters puts it together. Few parameters are added.",
  claims: ["Faster convergence and lower loss for equal epochs.", "Learned filters look like band filters."],
  here: { status: "absent", links: ["nn.conv1d"], note: "Causal convolutions are here; the bank is not." },
  data: "Text as characters, and tokens of music; any causal sequence will do.",
});
