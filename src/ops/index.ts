import { installCalls } from "./builder.js";
import type { OpDefinition } from "./define.js";
import { MATH_OPERATORS } from "./math/index.js";
import { NN_OPERATORS } from "./nn/index.js";
import { registerOps } from "./registry.js";
import { SEQUENCE_OPERATORS } from "./sequence/index.js";
import { TENSOR_OPERATORS } from "./tensor/index.js";
import { TEXT_OPERATORS } from "./text/index.js";

export * from "./attributes.js";
export * from "./builder.js";
export { lengthsIn, recordContents, recordedContents } from "./contents.js";
export * from "./define.js";
export * from "./infer.js";
export * from "./inline.js";
export { normalDistribution } from "./math/gelu.js";
export { Names } from "./names.js";
export { type ConvWindow, exchangedFilters, unfoldedWeightGrad } from "./nn/conv-grad.js";
export { modernForm } from "./older-forms.js";
export { evaluateOlder } from "./older-meaning.js";
export { opsetFor } from "./opset.js";
export * from "./reference.js";
export { allOps, findOp, opOf } from "./registry.js";

const OPERATORS: readonly OpDefinition[] = [
  ...MATH_OPERATORS,
  ...TENSOR_OPERATORS,
  ...NN_OPERATORS,
  ...SEQUENCE_OPERATORS,
  ...TEXT_OPERATORS,
];

registerOps(OPERATORS);
installCalls(OPERATORS.map((op) => op.type));
