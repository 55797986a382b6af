export { type LoadOptions, loadModel, type SaveOptions, saveModel } from "./files.node.js";
export * from "./portable.js";
