import { defineCard } from "../card.js";

export const card = defineCard({
  id: 49,
  title: "m2mKD: Module-to-Module Knowledge Distillation for Modular Transformers",
  authors: "Lo et al.",
  year: 2024,
  arxiv: "2402.16918",
  kinds: ["training", "compression"],
  summary:
    "Warm-starts a modular network from a big teacher: the teacher is cut in modules, and each student module imitates its counterpart alone.",
  mechanism:
    "Both modules sit in turn in one small frozen network, so that their outputs are comparable; linear stitches adapt widths. Modules train in parallel, are then put together and tuned end to end.",
  claims: [
    "Gains of several points for modular transformers, in and out of distribution.",
    "Modules train independently, so the work parallelises.",
  ],
  here: {
    status: "absent",
    links: ["train.distillationLoss", "nn.mixtureOfExperts"],
    note: "Distillation and expert layers are here; module-wise imitation is not.",
  },
  data: "Tiny-ImageNet, ImageNet.",
});
