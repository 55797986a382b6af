/** Any ONNX file as a space around itself. */
export { type Decide, edited } from "./edits.js";
export { EDIT_KINDS, type EditKind, PRESERVING, type Site, sitesOf } from "./sites.js";
export { type FromOnnxOptions, fromOnnx, type OnnxGenotype } from "./space.js";
