import { branch, here, leaf, type Tree } from "./tree.js";

/** Search spaces, strategies and speed-ups, in the order of White et al. 2023 (arXiv:2301.08727). */
export const nasTree: Tree = {
  name: "nas",
  aliases: ["architecture-search", "search"],
  title: "Neural architecture search",
  paper: 17,
  branches: [
    branch(
      "search spaces",
      branch(
        "macro: the whole topology",
        here("layers and skip connections of the first controllers", "spaces.nasRl"),
        here("networks made by editing networks", "spaces.rena"),
      ),
      branch(
        "chains of blocks",
        here("inverted residual blocks, once-for-all", "spaces.mobileNetV3", "spaces.proxyless"),
        here("networks together with their training recipe", "spaces.fbnetV3Search", "spaces.fbnetV3Tiny"),
        here("paths of several resolutions", "spaces.fbnetV5"),
        here("convolution or attention, layer by layer", "spaces.hytra"),
        here("small mobile networks", "spaces.mobileCnn"),
        here("resolution, depth and width", "spaces.tinynetSpace"),
        here("widths of a residual network", "spaces.channelResnet"),
        here("transformers", "spaces.transformer"),
        here("perceptrons and more over tables", "spaces.tabularMlp", "spaces.tabular"),
        here("gates, attention and recurrence over series", "spaces.recurrent"),
      ),
      branch(
        "cells",
        here("two inputs and four nodes (DARTS)", "spaces.darts"),
        here("operations on nodes (NAS-Bench-101)", "spaces.nb101"),
        here("operations on edges (NAS-Bench-201)", "spaces.nb201"),
        here("recurrent cells as trees", "spaces.nasRlCell"),
      ),
      branch(
        "hierarchical and grammars",
        here("motifs of motifs", "spaces.hierarchical"),
        here("probabilistic grammar of operations", "spaces.einspace"),
        here("discretised evolution equations", "spaces.npde"),
      ),
    ),
    branch(
      "black-box strategies",
      branch(
        "baselines",
        here("random search", "strategies.random"),
        here("quasi-random sequences", "strategies.quasiRandom"),
        here("grid", "strategies.grid"),
        here("local search", "strategies.localSearch"),
      ),
      branch(
        "evolution",
        here("aging evolution", "strategies.regularizedEvolution"),
        here("tournaments without removal", "strategies.tournament"),
        here("several objectives", "strategies.nsga2"),
      ),
      branch(
        "reinforcement learning",
        leaf("policy gradient", "REINFORCE, PPO"),
        leaf("continuous actions", "L2NAS"),
      ),
      branch("Bayesian optimisation", leaf("Gaussian processes"), leaf("neural predictors", "BANANAS")),
      branch("trees and bandits", leaf("Monte-Carlo tree search"), leaf("combinatorial bandits")),
      leaf("language models as optimisers", "GENIUS, ASI-Arch"),
    ),
    branch(
      "one-shot",
      branch("sampled paths", leaf("single path one-shot"), leaf("once for all"), leaf("ENAS")),
      branch(
        "differentiable",
        leaf("softmax mixtures", "DARTS"),
        leaf("binary gates", "ProxylessNAS"),
        leaf("hard limits", "HardCoRe-NAS, RC-DARTS"),
      ),
      leaf("hypernetworks", "SMASH, GHN-2"),
    ),
    branch(
      "speed-ups",
      branch(
        "performance prediction",
        here("scores without training: synflow", "evaluators.synflow"),
        leaf("learning curves"),
        leaf("trained predictors"),
      ),
      branch("fidelities", leaf("successive halving as a strategy", "Hyperband, ASHA")),
      branch(
        "weights of relatives",
        here("weights of a known network taken over", "nn.inheritWeights"),
        leaf("network morphisms"),
      ),
    ),
    branch(
      "benchmarks",
      here("NAS-Bench-201", "benchmarks.nb201Benchmark"),
      here("channel numbers", "benchmarks.channelBenchmark"),
      here("NAS-Bench-Macro", "benchmarks.macroBenchmark"),
      leaf("surrogates", "NAS-Bench-301"),
      leaf("hardware", "HW-NAS-Bench"),
    ),
  ],
};
