import { defineCard } from "../card.js";

export const card = defineCard({
  id: 41,
  title: "OptiProxy-NAS: Optimization Proxy based End-to-End Neural Architecture Search",
  authors: "Lyu, Cui et al.",
  year: 2025,
  arxiv: "2509.05656",
  kinds: ["strategy", "predictor", "representation"],
  summary:
    "Climbs in the space of relaxed architectures through a small surrogate that is refitted after every handful of real evaluations.",
  mechanism:
    "Operators, and where free also edges, are continuous logits. A two-layer directed graph network learns scores from queried cells; logits follow its gradient upwards, discrete cells are sampled from them, screened, and the best new ones are queried.",
  claims: [
    "Better results at small budgets on twelve tasks of four spaces.",
    "A latency surrogate can be added to keep a limit.",
  ],
  here: {
    status: "absent",
    links: ["spaces.nb201"],
    note: "The main benchmark is here; the relaxed climb is not.",
  },
  data: "Tables of several cell benchmarks.",
});
