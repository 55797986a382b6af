import { defineCard } from "../card.js";

export const card = defineCard({
  id: 74,
  title: "WavSpA: Wavelet Space Attention for Boosting Transformers' Long Sequence Learning Ability",
  authors: "Zhuang, Wang et al.",
  year: 2023,
  arxiv: "2210.01989",
  venue: "UniReps workshop",
  kinds: ["architecture"],
  summary: "Lets transformers attend over wavelet coefficients instead of tokens, for long sequences.",
  mechanism:
    "A wavelet transform along time, fixed or with learned filters, splits each channel in scales; every scale has its own attention; the inverse transform returns to tokens. Orthogonal filters can be kept by angles or lifting steps.",
  claims: [
    "Average accuracy on long-range tasks rises by sixteen points.",
    "Cheaper attention variants gain as well.",
  ],
  here: {
    status: "absent",
    links: ["nn.attention", "nn.conv1d"],
    note: "Attention and filters are here; wavelet blocks are not.",
  },
  data: "Long Range Arena, a public set of long-sequence tasks; generated nested lists.",
});
