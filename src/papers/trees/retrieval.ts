import { branch, here, leaf, type Tree } from "./tree.js";

/** Roles of language models in a search system, after Zhu et al. 2023 (arXiv:2308.07107). */
export const retrievalTree: Tree = {
  name: "retrieval",
  aliases: ["information-retrieval", "ir"],
  title: "Language models in retrieval",
  paper: 102,
  branches: [
    branch(
      "rewriting the query",
      branch(
        "prompted",
        leaf("generated passages", "HyDE, Query2doc"),
        leaf("keywords"),
        leaf("conversation to query", "LLM4CS"),
      ),
      leaf("tuned", "BEQUE"),
      leaf("distilled", "QUILL"),
    ),
    branch(
      "retrieving",
      branch(
        "without a language model",
        here("words: BM25", "papers.Bm25"),
        here("trained word vectors", "papers.trainEncoder"),
        here("ranks fused", "papers.fuseRanks"),
      ),
      branch(
        "data made by a model",
        leaf("queries", "InPars, Promptagator"),
        leaf("labels", "ART"),
        leaf("document expansion", "DeeperImpact"),
      ),
      branch(
        "the model as encoder",
        leaf("dense vectors", "E5-mistral"),
        leaf("late interaction", "ColBERT-X"),
        leaf("generated identifiers", "DSI"),
      ),
    ),
    branch(
      "reranking",
      branch(
        "tuned",
        leaf("encoder alone", "monoBERT"),
        leaf("encoder and decoder", "monoT5"),
        leaf("decoder", "RankLLaMA"),
      ),
      branch(
        "prompted",
        leaf("one document: relevance or query likelihood"),
        leaf("lists in windows", "RankGPT"),
        leaf("pairs, then sorted", "PRP"),
      ),
      leaf("as a source of labels"),
    ),
    branch(
      "reading",
      leaf("passages once", "REALM"),
      leaf("passages while writing", "RETRO, IRCoT"),
      leaf("passages compressed", "RECOMP"),
      leaf("citing sources"),
    ),
    branch("agents", leaf("fixed plans"), leaf("learned by reward", "Search-R1")),
    branch(
      "judging",
      here("mean average precision", "nn.meanAveragePrecision"),
      here("normalised gain", "nn.normalizedGain"),
      here("mean reciprocal rank", "nn.meanReciprocalRank"),
    ),
  ],
};
