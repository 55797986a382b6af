/** Search spaces as schemas: declare one with `s`; everything generic is derived from it. */
export { type EnumerateOptions, enumerate } from "./enumerate.js";
export * as s from "./s.js";
export { type SampleOptions, sample } from "./sample.js";
export { formatSize, type Size, size } from "./size.js";
export type { AnySchema, Infer, ObjectSchema, Scalar, Schema } from "./types.js";
export { parse, validate } from "./validate.js";
