export * from "./ort.node.js";
export * from "./portable.js";
export { probeWebGpu, type WebGpuProbe } from "./webgpu-probe.node.js";
