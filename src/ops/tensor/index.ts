import type { OpDefinition } from "../define.js";

/** Shape, indexing and construction of tensors. A new operator is its file and a line here. */
export const TENSOR_OPERATORS: readonly OpDefinition[] = [];
