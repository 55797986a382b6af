import { defineCard } from "../card.js";

export const card = defineCard({
  id: 43,
  title: "An Empirical Study of Example Forgetting during Deep Neural Network Learning",
  authors: "Toneva, Sordoni et al.",
  year: 2019,
  arxiv: "1812.05159",
  venue: "ICLR",
  kinds: ["analysis", "training"],
  summary:
    "Counts how often each training example is learned and forgotten again; those never forgotten can be left out almost without harm.",
  mechanism:
    "At every presentation it is noted whether the example is classified correctly just before the step. A change from right to wrong is a forgetting event. Examples are ranked by their sum over seeds; never-learned ones rank highest.",
  claims: [
    "Counts agree between seeds and architectures.",
    "A third of CIFAR-10 can be dropped by rank without loss, and wrong labels are forgotten most.",
  ],
  here: {
    status: "absent",
    links: ["train.Trainer"],
    note: "Training reports by epoch are here; records by example are not.",
  },
  data: "Any labelled set; digits show it well.",
});
