import { defineCard } from "../card.js";

export const card = defineCard({
  id: 65,
  title: "Splitformer: An improved early-exit architecture for automatic speech recognition on edge devices",
  authors: "Lasbordes, Falavigna, Brutti",
  year: 2025,
  arxiv: "2506.18035",
  venue: "EUSIPCO",
  kinds: ["architecture"],
  summary:
    "A speech recogniser that may stop early: heads after every two layers, with extra half-rate layers where the early heads are weak.",
  mechanism:
    "A Conformer is trained with a connectionist loss at each head. Beside the first and the last stage a second layer works on every other frame and its output is repeated and added, in parallel and so at hardly more delay.",
  claims: ["Word error of the earliest exit falls by about a tenth.", "Inference time stays the same."],
  here: {
    status: "absent",
    links: ["nn.ctcLoss", "nn.attention"],
    note: "The connectionist loss, attention and convolution are here; the Conformer is not.",
  },
  data: "LibriSpeech; spoken digits at home.",
});
