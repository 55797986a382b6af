export * from "./augment.js";
export * from "./checkpoint.js";
export {
  type DistillationOptions,
  distillationLoss,
  featureLoss,
  softLoss,
  type Teacher,
  teacherOf,
} from "./distill.js";
export * from "./evaluate.js";
export * from "./evaluation-program.js";
export * from "./export.js";
export * from "./fit.js";
export * from "./fit-phase.js";
export * from "./fit-state.js";
export * from "./flat.js";
export * from "./flat-features.js";
export * from "./from-onnx.js";
export type { InputScale } from "./from-onnx-input.js";
export { betaQuantiles, mixup } from "./mixup.js";
export * from "./model.js";
export * from "./parameters.js";
export { type PhasePlan, WEIGHT } from "./phase.js";
export * from "./preprocess.js";
export * from "./program.js";
export * from "./recipe.js";
export * from "./runner.js";
export { type Order, sequential, shuffled, weighted } from "./sampler.js";
export * from "./step.js";
export * from "./stream.js";
export * from "./trainer.js";
