import { defineCard } from "../card.js";

export const card = defineCard({
  id: 100,
  title: "WuNeng: Hybrid State with Attention",
  authors: "Xiao, Zhiyuan, Yueyu",
  year: 2025,
  arxiv: "2504.19191",
  kinds: ["architecture"],
  summary:
    "Keeps all heads of a transformer layer and adds heads that are driven by a recurrent state, and others that mix both.",
  mechanism:
    "State heads follow a gated delta rule with learned decay and in-context learning rate; cross-head interaction joins them with attention heads by concatenation, addition or gates; a multi-token part feeds several past states.",
  claims: [
    "Better language modelling than transformers and a hybrid rival at few more parameters.",
    "Evaluation is preliminary, by its own account.",
  ],
  here: {
    status: "absent",
    links: ["nn.linearAttention", "nn.attention"],
    note: "Linear and full attention are here; the state heads are not.",
  },
  data: "Text; generated recall tasks.",
});
