/** What of this room runs anywhere: the nouns, and data from arrays. Node's door is `index.ts`. */
export * from "./dataset.js";
export { type DatasetDescription, describeDataset } from "./describe.js";
export {
  type ArrayExamples,
  type ArrayOptions,
  datasetFromArrays,
  imageBytes,
  type NumberArray,
  type Pixels,
} from "./from-arrays.js";
