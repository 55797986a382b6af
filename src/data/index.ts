export * from "./dataset.js";
export { type DatasetDescription, describeDataset } from "./describe.js";
export { openMnist } from "./mnist.node.js";
export { listDatasets, openDataset } from "./open.node.js";
export { openTableFile } from "./table-file.node.js";
export { openVega } from "./vega.node.js";
