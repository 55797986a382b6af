export { type CausalityReport, probeCausality, probeNetwork } from "./causality.js";
export * from "./synflow.js";
