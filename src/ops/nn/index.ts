import type { OpDefinition } from "../define.js";
import { AveragePool } from "./average-pool.js";
import { Conv } from "./conv.js";
import { ConvTranspose } from "./conv-transpose.js";
import { GlobalAveragePool } from "./global-average-pool.js";
import { GlobalLpPool } from "./global-lp-pool.js";
import { GlobalMaxPool } from "./global-max-pool.js";
import { LpPool } from "./lp-pool.js";
import { MaxPool } from "./max-pool.js";

/** Convolution, pooling, normalisation, losses, control flow. A new operator is its file and a line here. */
export const NN_OPERATORS: readonly OpDefinition[] = [
  AveragePool,
  Conv,
  ConvTranspose,
  GlobalAveragePool,
  GlobalLpPool,
  GlobalMaxPool,
  LpPool,
  MaxPool,
];
