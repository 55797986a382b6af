export * from "./ort.node.js";
export * from "./portable.js";
