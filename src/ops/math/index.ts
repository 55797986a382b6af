import type { OpDefinition } from "../define.js";
import { MatMul } from "./mat-mul.js";

/** Arithmetic, logic, activations, reductions, products. A new operator is its file and a line here. */
export const MATH_OPERATORS: readonly OpDefinition[] = [MatMul];
