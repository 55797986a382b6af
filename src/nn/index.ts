export * from "./activations.js";
export * from "./blocks.js";
export * from "./initializers.js";
export * from "./layers.js";
export * from "./losses.js";
export * from "./network.js";
export * from "./optimizers/index.js";
export * from "./schedules/index.js";
