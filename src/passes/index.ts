export * from "./common-subexpressions.js";
export * from "./decompose-batch-norm.js";
export * from "./lower-depthwise.js";
export * from "./rewrite.js";
