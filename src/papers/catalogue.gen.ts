// Made by scripts/papers-index.js from the folders beside it. Do not edit.
import { card as c1 } from "./001-towards-distributed-neural-architectures/card.js";
import { card as c2 } from "./002-principled-approaches-for-extending-neural-architectures/card.js";
import { card as c3 } from "./003-co-exploration-of-neural-architectures-and/card.js";
import { card as c4 } from "./004-biological-processing-units-leveraging-an-insect/card.js";
import { card as c5 } from "./005-einspace-searching-for-neural-architectures-from/card.js";
import { card as c6 } from "./006-building-optimal-neural-architectures-using-interpretable/card.js";
import { card as c7 } from "./007-one-is-all-bridging-the-gap/card.js";
import { card as c8 } from "./008-unrealnas-can-we-search-neural-architectures/card.js";
import { card as c9 } from "./009-graph-metanetworks-for-processing-diverse-neural/card.js";
import { card as c10 } from "./010-l-2-nas-learning-to-optimize/card.js";
import { card as c11 } from "./011-onnx-net-towards-universal-representations-and/card.js";
import { card as c12 } from "./012-archbert-bi-modal-understanding-of-neural/card.js";
import { card as c13 } from "./013-similarity-of-neural-architectures-using-adversarial/card.js";
import { card as c14 } from "./014-contrastive-embeddings-for-neural-architectures/card.js";
import { card as c15 } from "./015-regularization-based-pruning-of-irrelevant-weights/card.js";
import { card as c16 } from "./016-partial-differential-equations-is-all-you/card.js";
import { card as c17 } from "./017-neural-architecture-search-insights-from-1000/card.js";
import { card as c18 } from "./018-neural-architecture-retrieval/card.js";
import { card as c19 } from "./019-neural-architecture-search-with-reinforcement-learning/card.js";
import { card as c20 } from "./020-on-the-generalization-capacity-of-neural/card.js";
import { card as c21 } from "./021-neural-networks-and-the-chomsky-hierarchy/card.js";
import { card as c22 } from "./022-on-characterizing-the-capacity-of-neural/card.js";
import { card as c23 } from "./023-fbnetv5-neural-architecture-search-for-multiple/card.js";
import { card as c24 } from "./024-proxylessnas-direct-neural-architecture-search-on/card.js";
import { card as c25 } from "./025-dass-differentiable-architecture-search-for-sparse/card.js";
import { card as c26 } from "./026-diffusionnag-predictor-guided-neural-architecture-generation/card.js";
import { card as c27 } from "./027-neural-architecture-search-two-constant-shared/card.js";
import { card as c28 } from "./028-parameter-prediction-for-unseen-deep-architectures/card.js";
import { card as c29 } from "./029-neural-architecture-search-via-combinatorial-multi/card.js";
import { card as c30 } from "./030-semi-supervised-neural-system-for-tagging/card.js";
import { card as c31 } from "./031-efficient-progressive-neural-architecture-search/card.js";
import { card as c32 } from "./032-bossnas-exploring-hybrid-cnn-transformers-with/card.js";
import { card as c33 } from "./033-ugmm-nn-univariate-gaussian-mixture-model/card.js";
import { card as c34 } from "./034-demystifying-the-neural-tangent-kernel-from/card.js";
import { card as c35 } from "./035-hardcore-nas-hard-constrained-differentiable-neural/card.js";
import { card as c36 } from "./036-analysing-mathematical-reasoning-abilities-of-neural/card.js";
import { card as c37 } from "./037-can-gpt-4-perform-neural-architecture/card.js";
import { card as c38 } from "./038-resource-efficient-neural-architect/card.js";
import { card as c39 } from "./039-nevir-negation-in-neural-information-retrieval/card.js";
import { card as c40 } from "./040-towards-self-assembling-artificial-neural-networks/card.js";
import { card as c41 } from "./041-optiproxy-nas-optimization-proxy-based-end/card.js";
import { card as c42 } from "./042-aio-p-expanding-neural-performance-predictors/card.js";
import { card as c43 } from "./043-an-empirical-study-of-example-forgetting/card.js";
import { card as c44 } from "./044-deconstructing-recurrence-attention-and-gating-investigating/card.js";
import { card as c45 } from "./045-smartmixed-a-two-phase-training-strategy/card.js";
import { card as c46 } from "./046-decision-trees-that-remember-gradient-based/card.js";
import { card as c47 } from "./047-ewald-based-long-range-message-passing/card.js";
import { card as c48 } from "./048-ckconv-continuous-kernel-convolution-for-sequential/card.js";
import { card as c49 } from "./049-m2mkd-module-to-module-knowledge-distillation/card.js";
import { card as c50 } from "./050-unveiling-backbone-effects-in-clip-exploring/card.js";
import { card as c51 } from "./051-symmetric-single-index-learning/card.js";
import { card as c52 } from "./052-injecting-a-structural-inductive-bias-into/card.js";
import { card as c53 } from "./053-summvis-interactive-visual-analysis-of-models/card.js";
import { card as c54 } from "./054-a-mixture-of-h-1-heads/card.js";
import { card as c55 } from "./055-relative-representations-enable-zero-shot-latent/card.js";
import { card as c56 } from "./056-llm-augmented-preference-learning-from-natural/card.js";
import { card as c57 } from "./057-large-language-models-are-not-strong/card.js";
import { card as c58 } from "./058-model-rubik-s-cube-twisting-resolution/card.js";
import { card as c59 } from "./059-an-attentive-survey-of-attention-models/card.js";
import { card as c60 } from "./060-image-chat-engaging-grounded-conversations/card.js";
import { card as c61 } from "./061-a-dataset-for-document-grounded-conversations/card.js";
import { card as c62 } from "./062-massively-multitask-networks-for-drug-discovery/card.js";
import { card as c63 } from "./063-learning-universal-predictors/card.js";
import { card as c64 } from "./064-fire-together-wire-together-a-dynamic/card.js";
import { card as c65 } from "./065-splitformer-an-improved-early-exit-architecture/card.js";
import { card as c66 } from "./066-reverbert-a-state-space-model-for/card.js";
import { card as c67 } from "./067-contextual-memory-reweaving-in-large-language/card.js";
import { card as c68 } from "./068-byte-bpe-tokenization-as-an-inverse/card.js";
import { card as c69 } from "./069-emo-dpo-controllable-emotional-speech-synthesis/card.js";
import { card as c70 } from "./070-on-the-diversity-and-realism-of/card.js";
import { card as c71 } from "./071-efficient-subgraph-gnns-by-learning-effective/card.js";
import { card as c72 } from "./072-equivariant-single-view-pose-prediction-via/card.js";
import { card as c73 } from "./073-a-general-purpose-supervisory-signal-for/card.js";
import { card as c74 } from "./074-wavspa-wavelet-space-attention-for-boosting/card.js";
import { card as c75 } from "./075-learning-to-deceive-with-attention-based/card.js";
import { card as c76 } from "./076-towards-deep-conversational-recommendations/card.js";
import { card as c77 } from "./077-hierarchical-representations-for-efficient-architecture-search/card.js";
import { card as c78 } from "./078-the-strong-lottery-ticket-hypothesis-for/card.js";
import { card as c79 } from "./079-eschernet-a-generative-model-for-scalable/card.js";
import { card as c80 } from "./080-pandora3d-a-comprehensive-framework-for-high/card.js";
import { card as c81 } from "./081-diplomat-a-dialogue-dataset-for-situated/card.js";
import { card as c82 } from "./082-syndock-n-rigid-protein-docking-via/card.js";
import { card as c83 } from "./083-are-more-layers-beneficial-to-graph/card.js";
import { card as c84 } from "./084-delving-into-masked-autoencoders-for-multi/card.js";
import { card as c85 } from "./085-hard-constrained-deep-learning-for-climate/card.js";
import { card as c86 } from "./086-restormer-efficient-transformer-for-high-resolution/card.js";
import { card as c87 } from "./087-a-good-body-is-all-you/card.js";
import { card as c88 } from "./088-analyzing-learned-molecular-representations-for-property/card.js";
import { card as c89 } from "./089-adding-gradient-noise-improves-learning-for/card.js";
import { card as c90 } from "./090-fisher-information-embedding-for-node-and/card.js";
import { card as c91 } from "./091-efficient-displacement-convex-optimization-with-particle/card.js";
import { card as c92 } from "./092-kan-you-hear-me-exploring-kolmogorov/card.js";
import { card as c93 } from "./093-deeperimpact-optimizing-sparse-learned-index-structures/card.js";
import { card as c94 } from "./094-enhancing-visual-question-answering-through-question/card.js";
import { card as c95 } from "./095-from-generalized-laughter-to-personalized-chuckles/card.js";
import { card as c96 } from "./096-russian-superglue-1-1-revising-the/card.js";
import { card as c97 } from "./097-fbnetv3-joint-architecture-recipe-search-using/card.js";
import { card as c98 } from "./098-geppetto-carves-italian-into-a-language/card.js";
import { card as c99 } from "./099-embedding-aware-quantum-classical-svms-for/card.js";
import { card as c100 } from "./100-wuneng-hybrid-state-with-attention/card.js";
import { card as c101 } from "./101-it-s-all-connected-a-journey/card.js";
import { card as c102 } from "./102-large-language-models-for-information-retrieval/card.js";
import { card as c103 } from "./103-alphago-moment-for-model-architecture-discovery/card.js";
import { card as c104 } from "./104-graph-deep-learning-for-time-series/card.js";
import { card as c105 } from "./105-tabkan-advancing-tabular-data-analysis-using/card.js";
import { card as c106 } from "./106-towards-signal-processing-in-large-language/card.js";
import { card as c107 } from "./107-exploring-the-promise-and-limits-of/card.js";
import { card as c108 } from "./108-transfer-learning-approaches-for-building-cross/card.js";
import { card as c109 } from "./109-routing-with-self-attention-for-multimodal/card.js";
import { card as c110 } from "./110-a-modern-perspective-on-query-likelihood/card.js";
import { card as c111 } from "./111-cosmos-qa-machine-reading-comprehension-with/card.js";
import { card as c112 } from "./112-when-vision-transformers-outperform-resnets-without/card.js";
import { card as c113 } from "./113-sparseformer-sparse-visual-recognition-via-limited/card.js";
import { card as c114 } from "./114-attention-is-all-you-need-good/card.js";
import { card as c115 } from "./115-rc-darts-resource-constrained-differentiable-architecture/card.js";
import { card as c116 } from "./116-denoising-task-routing-for-diffusion-models/card.js";
import { card as c117 } from "./117-resnls-an-improved-model-for-stock/card.js";
import { card as c118 } from "./118-chinese-grammatical-error-correction-a-survey/card.js";
import { card as c119 } from "./119-on-the-importance-of-gradient-norm/card.js";
import type { Card } from "./card.js";
import type { Reproduction } from "./reproduction.js";

/** A card with the name of its folder. */
export interface Paper {
  readonly slug: string;
  readonly card: Card;
}

export const PAPERS: readonly Paper[] = [
  { slug: "001-towards-distributed-neural-architectures", card: c1 },
  { slug: "002-principled-approaches-for-extending-neural-architectures", card: c2 },
  { slug: "003-co-exploration-of-neural-architectures-and", card: c3 },
  { slug: "004-biological-processing-units-leveraging-an-insect", card: c4 },
  { slug: "005-einspace-searching-for-neural-architectures-from", card: c5 },
  { slug: "006-building-optimal-neural-architectures-using-interpretable", card: c6 },
  { slug: "007-one-is-all-bridging-the-gap", card: c7 },
  { slug: "008-unrealnas-can-we-search-neural-architectures", card: c8 },
  { slug: "009-graph-metanetworks-for-processing-diverse-neural", card: c9 },
  { slug: "010-l-2-nas-learning-to-optimize", card: c10 },
  { slug: "011-onnx-net-towards-universal-representations-and", card: c11 },
  { slug: "012-archbert-bi-modal-understanding-of-neural", card: c12 },
  { slug: "013-similarity-of-neural-architectures-using-adversarial", card: c13 },
  { slug: "014-contrastive-embeddings-for-neural-architectures", card: c14 },
  { slug: "015-regularization-based-pruning-of-irrelevant-weights", card: c15 },
  { slug: "016-partial-differential-equations-is-all-you", card: c16 },
  { slug: "017-neural-architecture-search-insights-from-1000", card: c17 },
  { slug: "018-neural-architecture-retrieval", card: c18 },
  { slug: "019-neural-architecture-search-with-reinforcement-learning", card: c19 },
  { slug: "020-on-the-generalization-capacity-of-neural", card: c20 },
  { slug: "021-neural-networks-and-the-chomsky-hierarchy", card: c21 },
  { slug: "022-on-characterizing-the-capacity-of-neural", card: c22 },
  { slug: "023-fbnetv5-neural-architecture-search-for-multiple", card: c23 },
  { slug: "024-proxylessnas-direct-neural-architecture-search-on", card: c24 },
  { slug: "025-dass-differentiable-architecture-search-for-sparse", card: c25 },
  { slug: "026-diffusionnag-predictor-guided-neural-architecture-generation", card: c26 },
  { slug: "027-neural-architecture-search-two-constant-shared", card: c27 },
  { slug: "028-parameter-prediction-for-unseen-deep-architectures", card: c28 },
  { slug: "029-neural-architecture-search-via-combinatorial-multi", card: c29 },
  { slug: "030-semi-supervised-neural-system-for-tagging", card: c30 },
  { slug: "031-efficient-progressive-neural-architecture-search", card: c31 },
  { slug: "032-bossnas-exploring-hybrid-cnn-transformers-with", card: c32 },
  { slug: "033-ugmm-nn-univariate-gaussian-mixture-model", card: c33 },
  { slug: "034-demystifying-the-neural-tangent-kernel-from", card: c34 },
  { slug: "035-hardcore-nas-hard-constrained-differentiable-neural", card: c35 },
  { slug: "036-analysing-mathematical-reasoning-abilities-of-neural", card: c36 },
  { slug: "037-can-gpt-4-perform-neural-architecture", card: c37 },
  { slug: "038-resource-efficient-neural-architect", card: c38 },
  { slug: "039-nevir-negation-in-neural-information-retrieval", card: c39 },
  { slug: "040-towards-self-assembling-artificial-neural-networks", card: c40 },
  { slug: "041-optiproxy-nas-optimization-proxy-based-end", card: c41 },
  { slug: "042-aio-p-expanding-neural-performance-predictors", card: c42 },
  { slug: "043-an-empirical-study-of-example-forgetting", card: c43 },
  { slug: "044-deconstructing-recurrence-attention-and-gating-investigating", card: c44 },
  { slug: "045-smartmixed-a-two-phase-training-strategy", card: c45 },
  { slug: "046-decision-trees-that-remember-gradient-based", card: c46 },
  { slug: "047-ewald-based-long-range-message-passing", card: c47 },
  { slug: "048-ckconv-continuous-kernel-convolution-for-sequential", card: c48 },
  { slug: "049-m2mkd-module-to-module-knowledge-distillation", card: c49 },
  { slug: "050-unveiling-backbone-effects-in-clip-exploring", card: c50 },
  { slug: "051-symmetric-single-index-learning", card: c51 },
  { slug: "052-injecting-a-structural-inductive-bias-into", card: c52 },
  { slug: "053-summvis-interactive-visual-analysis-of-models", card: c53 },
  { slug: "054-a-mixture-of-h-1-heads", card: c54 },
  { slug: "055-relative-representations-enable-zero-shot-latent", card: c55 },
  { slug: "056-llm-augmented-preference-learning-from-natural", card: c56 },
  { slug: "057-large-language-models-are-not-strong", card: c57 },
  { slug: "058-model-rubik-s-cube-twisting-resolution", card: c58 },
  { slug: "059-an-attentive-survey-of-attention-models", card: c59 },
  { slug: "060-image-chat-engaging-grounded-conversations", card: c60 },
  { slug: "061-a-dataset-for-document-grounded-conversations", card: c61 },
  { slug: "062-massively-multitask-networks-for-drug-discovery", card: c62 },
  { slug: "063-learning-universal-predictors", card: c63 },
  { slug: "064-fire-together-wire-together-a-dynamic", card: c64 },
  { slug: "065-splitformer-an-improved-early-exit-architecture", card: c65 },
  { slug: "066-reverbert-a-state-space-model-for", card: c66 },
  { slug: "067-contextual-memory-reweaving-in-large-language", card: c67 },
  { slug: "068-byte-bpe-tokenization-as-an-inverse", card: c68 },
  { slug: "069-emo-dpo-controllable-emotional-speech-synthesis", card: c69 },
  { slug: "070-on-the-diversity-and-realism-of", card: c70 },
  { slug: "071-efficient-subgraph-gnns-by-learning-effective", card: c71 },
  { slug: "072-equivariant-single-view-pose-prediction-via", card: c72 },
  { slug: "073-a-general-purpose-supervisory-signal-for", card: c73 },
  { slug: "074-wavspa-wavelet-space-attention-for-boosting", card: c74 },
  { slug: "075-learning-to-deceive-with-attention-based", card: c75 },
  { slug: "076-towards-deep-conversational-recommendations", card: c76 },
  { slug: "077-hierarchical-representations-for-efficient-architecture-search", card: c77 },
  { slug: "078-the-strong-lottery-ticket-hypothesis-for", card: c78 },
  { slug: "079-eschernet-a-generative-model-for-scalable", card: c79 },
  { slug: "080-pandora3d-a-comprehensive-framework-for-high", card: c80 },
  { slug: "081-diplomat-a-dialogue-dataset-for-situated", card: c81 },
  { slug: "082-syndock-n-rigid-protein-docking-via", card: c82 },
  { slug: "083-are-more-layers-beneficial-to-graph", card: c83 },
  { slug: "084-delving-into-masked-autoencoders-for-multi", card: c84 },
  { slug: "085-hard-constrained-deep-learning-for-climate", card: c85 },
  { slug: "086-restormer-efficient-transformer-for-high-resolution", card: c86 },
  { slug: "087-a-good-body-is-all-you", card: c87 },
  { slug: "088-analyzing-learned-molecular-representations-for-property", card: c88 },
  { slug: "089-adding-gradient-noise-improves-learning-for", card: c89 },
  { slug: "090-fisher-information-embedding-for-node-and", card: c90 },
  { slug: "091-efficient-displacement-convex-optimization-with-particle", card: c91 },
  { slug: "092-kan-you-hear-me-exploring-kolmogorov", card: c92 },
  { slug: "093-deeperimpact-optimizing-sparse-learned-index-structures", card: c93 },
  { slug: "094-enhancing-visual-question-answering-through-question", card: c94 },
  { slug: "095-from-generalized-laughter-to-personalized-chuckles", card: c95 },
  { slug: "096-russian-superglue-1-1-revising-the", card: c96 },
  { slug: "097-fbnetv3-joint-architecture-recipe-search-using", card: c97 },
  { slug: "098-geppetto-carves-italian-into-a-language", card: c98 },
  { slug: "099-embedding-aware-quantum-classical-svms-for", card: c99 },
  { slug: "100-wuneng-hybrid-state-with-attention", card: c100 },
  { slug: "101-it-s-all-connected-a-journey", card: c101 },
  { slug: "102-large-language-models-for-information-retrieval", card: c102 },
  { slug: "103-alphago-moment-for-model-architecture-discovery", card: c103 },
  { slug: "104-graph-deep-learning-for-time-series", card: c104 },
  { slug: "105-tabkan-advancing-tabular-data-analysis-using", card: c105 },
  { slug: "106-towards-signal-processing-in-large-language", card: c106 },
  { slug: "107-exploring-the-promise-and-limits-of", card: c107 },
  { slug: "108-transfer-learning-approaches-for-building-cross", card: c108 },
  { slug: "109-routing-with-self-attention-for-multimodal", card: c109 },
  { slug: "110-a-modern-perspective-on-query-likelihood", card: c110 },
  { slug: "111-cosmos-qa-machine-reading-comprehension-with", card: c111 },
  { slug: "112-when-vision-transformers-outperform-resnets-without", card: c112 },
  { slug: "113-sparseformer-sparse-visual-recognition-via-limited", card: c113 },
  { slug: "114-attention-is-all-you-need-good", card: c114 },
  { slug: "115-rc-darts-resource-constrained-differentiable-architecture", card: c115 },
  { slug: "116-denoising-task-routing-for-diffusion-models", card: c116 },
  { slug: "117-resnls-an-improved-model-for-stock", card: c117 },
  { slug: "118-chinese-grammatical-error-correction-a-survey", card: c118 },
  { slug: "119-on-the-importance-of-gradient-norm", card: c119 },
];

/** Loads the experiment of a paper, by its number. */
export const REPRODUCTIONS: ReadonlyMap<number, () => Promise<Reproduction>> = new Map([
  [10, async () => (await import("./010-l-2-nas-learning-to-optimize/reproduction.js")).reproduction],
  [16, async () => (await import("./016-partial-differential-equations-is-all-you/reproduction.js")).reproduction],
  [17, async () => (await import("./017-neural-architecture-search-insights-from-1000/reproduction.js")).reproduction],
  [19, async () => (await import("./019-neural-architecture-search-with-reinforcement-learning/reproduction.js")).reproduction],
  [29, async () => (await import("./029-neural-architecture-search-via-combinatorial-multi/reproduction.js")).reproduction],
  [38, async () => (await import("./038-resource-efficient-neural-architect/reproduction.js")).reproduction],
  [58, async () => (await import("./058-model-rubik-s-cube-twisting-resolution/reproduction.js")).reproduction],
  [77, async () => (await import("./077-hierarchical-representations-for-efficient-architecture-search/reproduction.js")).reproduction],
]);
