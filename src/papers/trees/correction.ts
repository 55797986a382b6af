import { branch, leaf, type Tree } from "./tree.js";

/** Choices in correcting Chinese sentences, after Qiu et al. 2025 (arXiv:2504.00977). None is here yet. */
export const correctionTree: Tree = {
  name: "correction",
  aliases: ["gec", "grammar", "grammatical-error-correction"],
  title: "Grammatical error correction",
  paper: 118,
  branches: [
    branch(
      "data",
      branch(
        "by learners",
        leaf("HSK"),
        leaf("Lang-8"),
        leaf("NLPCC-2018"),
        leaf("CGED"),
        leaf("MuCGEC"),
        leaf("YACLC"),
      ),
      branch("by native writers", leaf("CTC-2021"), leaf("FCGEC"), leaf("NaCGEC"), leaf("NaSGEC")),
      branch("made", leaf("by rules"), leaf("by back-translation"), leaf("by language models")),
    ),
    branch(
      "annotation",
      branch("edits", leaf("redundant"), leaf("missing"), leaf("substituted"), leaf("word order")),
      branch(
        "paradigms",
        leaf("marked edits or whole rewriting"),
        leaf("minimal or fluent"),
        leaf("one or several references"),
      ),
    ),
    branch(
      "evaluation",
      branch("edits against references", leaf("MaxMatch"), leaf("ChERRANT", "by characters or words")),
      leaf("whole sentences", "exact match, GLEU"),
      leaf("without references"),
    ),
    branch(
      "systems",
      leaf("rules and statistics"),
      leaf("classifiers"),
      leaf("translation of wrong to right", "BART"),
      leaf("tagging of edits", "GECToR, STG"),
      leaf("syntax beside words", "SynGEC"),
      leaf("language models", "prompted, tuned, ranked"),
      leaf("ensembles and rerankers"),
    ),
  ],
};
