/** What of this room runs anywhere. Node's door is `index.ts`. */

export * from "./ort.web.js";
export * from "./reference.js";
export { referenceRuntime } from "./reference-runtime.js";
export * from "./runtime.js";
export * from "./session-cache.js";
