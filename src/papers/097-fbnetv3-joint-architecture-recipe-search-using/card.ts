import { defineCard } from "../card.js";

export const card = defineCard({
  id: 97,
  title: "FBNetV3: Joint Architecture-Recipe Search using Predictor Pretraining",
  authors: "Dai et al.",
  year: 2021,
  arxiv: "2006.02049",
  venue: "CVPR",
  kinds: ["space", "strategy", "predictor", "architecture"],
  summary:
    "Searches network and training recipe together by a predictor that was first taught to foretell costs.",
  mechanism:
    "A perceptron predictor learns parameters and products of random candidates, which is free, then accuracy from a few trainings that are chosen under constraints. Evolution over the predictor then takes minutes for any budget. Recipe settings such as rate, optimiser and mixup are decisions like the others.",
  claims: [
    "Up to twice fewer products than EfficientNet at equal accuracy.",
    "A recipe can reverse the order of two networks; pre-training saves labels.",
  ],
  here: {
    status: "implemented",
    links: ["strategies.jointRecipe", "zoo.fbnetV3", "spaces.fbnetV3Search", "spaces.fbnetV3Tiny"],
    note: "The published networks with exact counts, the joint space of network and recipe, and the two-stage search with a predictor that first learns counts.",
    run: "morph search --space fbnetv3-tiny --strategy joint-recipe --data mnist --trials 10",
  },
  data: "ImageNet; images of your own.",
});
