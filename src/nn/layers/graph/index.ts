export { type GcnOptions, gcnConv } from "./gcn.js";
export {
  degreesOf,
  type EdgeList,
  edgesOf,
  type GraphStructure,
  sumAt,
  sumOfNeighbours,
} from "./structure.js";
