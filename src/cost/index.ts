export * from "./count.js";
export * from "./latency.js";
