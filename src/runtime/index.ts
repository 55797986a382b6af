export * from "./ort.node.js";
export * from "./reference.js";
export * from "./runtime.js";
