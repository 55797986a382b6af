import { branch, here, leaf, type Tree } from "./tree.js";

/** The axes of Chaudhari et al. 2021 (arXiv:1904.02874), and what followed since. */
export const attentionTree: Tree = {
  name: "attention",
  aliases: ["attention-models"],
  title: "Attention",
  paper: 59,
  branches: [
    branch(
      "how key and query are compared",
      here("scaled dot product", "nn.attention"),
      here("kernel features (linear attention)", "nn.linearAttention"),
      leaf("dot product without scale"),
      leaf("general", "query · W · key"),
      leaf("additive", "a perceptron over both"),
      leaf("cosine"),
      leaf("location alone"),
    ),
    branch(
      "how scores become weights",
      leaf("hard choice", "sampled, by policy gradient"),
      here("softmax", "nn.attention"),
      here("sparse: entmax", "nn.entmax15"),
    ),
    branch(
      "where it looks",
      here("everywhere (global, soft)", "nn.attention"),
      here("a window of neighbours (local)", "nn.attention"),
      leaf("predicted windows"),
    ),
    branch(
      "how positions enter",
      here("added sinusoids", "nn.sinusoidalPositions"),
      here("learned", "nn.learnedPositions"),
      here("rotary", "nn.rotaryPositions"),
      here("biases by distance", "nn.relativePositionBias", "nn.alibiBias"),
    ),
    branch(
      "number of sequences",
      here("one: self-attention", "nn.encoderBlock"),
      here("two: one attends to the other", "nn.decoderBlock"),
      leaf("co-attention", "both attend to each other"),
    ),
    branch("number of levels", here("one", "nn.attentionPool"), leaf("words, then sentences")),
    branch(
      "what is weighed",
      here("positions", "nn.attentionPool"),
      here("channels", "nn.squeezeExcite", "nn.efficientChannelAttention"),
      here("channels, then places", "nn.blockAttention"),
      leaf("several representations of one input"),
    ),
    branch(
      "hosts",
      here("transformers over images", "zoo.vit"),
      here("recurrent networks", "spaces.recurrent"),
      here("searched transformers", "spaces.transformer"),
      leaf("memory networks"),
      here("graph attention", "nn.gatConv"),
      leaf("pointer networks"),
    ),
  ],
};
