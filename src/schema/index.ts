/** Search spaces as schemas: declare one with `s`; everything generic is derived from it. */
export { type ContractOptions, schemaContract, type Violation } from "./contract.js";
export { crossover } from "./crossover.js";
export { type Decision, decisions, formatDecision } from "./decisions.js";
export { distance, pathEncoding } from "./distance.js";
export { decode, encode, encodingColumns, encodingWidth } from "./encode.js";
export { type EnumerateOptions, enumerate } from "./enumerate.js";
export { identity, type Tracked, track } from "./identity.js";
export { toJsonSchema } from "./json-schema.js";
export { type MutateOptions, mutate } from "./mutate.js";
export { neighbours } from "./neighbours.js";
export { type OpenChoice, openChoice, openLength, relax } from "./relax.js";
export * as s from "./s.js";
export { type SampleOptions, sample } from "./sample.js";
export { formatSize, type Size, size } from "./size.js";
export { fromText, toText } from "./text.js";
export type { AnySchema, Infer, ObjectSchema, Scalar, Schema } from "./types.js";
export { validFraction } from "./valid-fraction.js";
export { parse, validate } from "./validate.js";
