import { defineCard } from "../card.js";

export const card = defineCard({
  id: 95,
  title:
    "From Generalized Laughter to Personalized Chuckles: Unleashing the Power of Data Fusion in Subjective Humor Detection",
  authors: "Bielaniewicz, Kazienko",
  year: 2023,
  arxiv: "2312.11296",
  venue: "ICDM workshop",
  kinds: ["training", "language", "benchmark", "analysis"],
  summary:
    "What is funny depends on the reader: classifiers that know who reads, trained on merged data sets, win by far.",
  mechanism:
    "Labels of single readers train models that take text vectors and a learned vector or a bias for each reader; majority labels train the rivals. Four ways of mixing data sets are crossed with the models and judged on single readers' labels.",
  claims: [
    "Personal models on merged sets gain up to a third in F1.",
    "The architecture matters far less than personalisation.",
  ],
  here: {
    status: "absent",
    links: ["nn.embedding"],
    note: "Embeddings by reader are possible; text encoders are not here.",
  },
  data: "Humour corpora with annotators' identities.",
});
