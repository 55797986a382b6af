export * from "./activations.js";
export * from "./blocks.js";
export * from "./initializers.js";
export * from "./layers.js";
export * from "./network.js";
