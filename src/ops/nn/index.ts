import type { OpDefinition } from "../define.js";
import { Conv } from "./conv.js";
import { ConvTranspose } from "./conv-transpose.js";

/** Convolution, pooling, normalisation, losses, control flow. A new operator is its file and a line here. */
export const NN_OPERATORS: readonly OpDefinition[] = [Conv, ConvTranspose];
