export { openIdx } from "./idx.node.js";
export { openImageFolder } from "./image-folder.node.js";
export { openMnist } from "./mnist.node.js";
export { openNpy, openNpz } from "./npy.node.js";
export { listDatasets, openDataset } from "./open.node.js";
export * from "./portable.js";
export { openTableFile } from "./table-file.node.js";
