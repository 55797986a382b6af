import { defineCard } from "../card.js";

export const card = defineCard({
  id: 23,
  title: "FBNetV5: Neural Architecture Search for Multiple Tasks in One Run",
  authors: "Wu et al.",
  year: 2021,
  arxiv: "2111.10007",
  kinds: ["space", "strategy"],
  summary:
    "One supernet, one training run, one network for each of several tasks: classification, detection and segmentation share the search.",
  mechanism:
    "A base network is widened to parallel paths at several resolutions with fusions between them; every block may stay or go. Per task a distribution over these choices is learned from samples by importance weighting, so the cost of search does not grow with the tasks.",
  claims: [
    "Better than its predecessor at equal products on ImageNet.",
    "Fewer products than strong baselines in segmentation and detection.",
  ],
  here: {
    status: "partial",
    links: ["spaces.fbnetV5", "spaces.discretize"],
    note: "The space of parallel resolutions and fusions is here and can be searched; learning it for several tasks in one run is not.",
    run: "morph space fbnetv5 --sample 2",
  },
  data: "ImageNet, ADE20K, COCO; three small image tasks at home.",
});
