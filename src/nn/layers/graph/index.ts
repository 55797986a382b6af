export { type GatOptions, gatConv } from "./gat.js";
export { type GcnOptions, gcnConv } from "./gcn.js";
export { type GinOptions, ginConv } from "./gin.js";
export { type MessagePassing, messagePassing } from "./message-passing.js";
export { type NodeBatch, paddedReadout, readout } from "./readout.js";
export { type Aggregation, aggregate, segmentSoftmax } from "./segments.js";
export {
  degreesOf,
  type EdgeList,
  edgesOf,
  type GraphStructure,
  sumAt,
  sumOfNeighbours,
} from "./structure.js";
