export * from "./common-subexpressions.js";
export * from "./decompose-batch-norm.js";
export * from "./eliminate-identity.js";
export * from "./fold-batch-norm.js";
export * from "./fold-constants.js";
export * from "./infer-shapes.js";
export * from "./lower-depthwise.js";
export * from "./rewrite.js";
