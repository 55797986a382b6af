/**
 * Morphospace in web pages and workers: what trains, judges and exports networks there. The rooms beneath, without
 * Node's parts, are subpaths of their own (`morphospace/nn`, `morphospace/zoo`, …); see docs/browser.md.
 */
export { gradients } from "../autodiff/index.js";
export { formatIssue, type Issue, MorphError, type Rng, rngOf } from "../base/index.js";
export * from "../data/portable.js";
export type { Graph, Model, Tensor, Value } from "../ir/index.js";
export * as ir from "../ir/index.js";
export type { Network, NetworkBuilder, Weights } from "../nn/index.js";
export * as nn from "../nn/index.js";
export { decodeModel, encodeModel } from "../onnx/portable.js";
export { Builder } from "../ops/index.js";
export * from "../runtime/portable.js";
export { defineSpace, listSpaces, spaceOf } from "../spaces/index.js";
export * from "../train/index.js";
export { architectureBody, listArchitectures, zooOf } from "../zoo/index.js";
export * from "./onnx-blob.js";
