export * from "./dtype-codes.js";
export * from "./edit.js";
export * from "./fingerprint.js";
export * from "./graph.js";
export * from "./print.js";
export * from "./tensor.js";
export * from "./types.js";
export * from "./verify.js";
