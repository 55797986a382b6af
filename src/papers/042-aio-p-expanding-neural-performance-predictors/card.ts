import { defineCard } from "../card.js";

export const card = defineCard({
  id: 42,
  title: "AIO-P: Expanding Neural Performance Predictors Beyond Image Classification",
  authors: "Mills, Niu et al.",
  year: 2023,
  arxiv: "2211.17228",
  venue: "AAAI",
  kinds: ["predictor", "representation"],
  summary:
    "A performance predictor that starts from image classification and moves to other tasks, such as pose or segmentation, with few or no labelled networks.",
  mechanism:
    "Any network becomes a graph of primitive operators with resolutions and kernels. A graph network is pre-trained on accuracies; adapters trained on further tasks add knowledge; labels are scaled by compute, and shared heads give cheap pseudo-labels.",
  claims: [
    "Mean error below one percent on many target tasks with little or no tuning.",
    "Beats scores without training and plain graph networks.",
  ],
  here: {
    status: "absent",
    links: ["cost.countCosts"],
    note: "Costs for each node are here; the predictor is not.",
  },
  data: "Tables of networks with accuracies on several tasks.",
});
