export * from "./augment.js";
export * from "./evaluate.js";
export * from "./model.js";
export * from "./preprocess.js";
export * from "./program.js";
export * from "./step.js";
export * from "./trainer.js";
