export * from "./backward.js";
export * from "./custom.js";
export * from "./unbroadcast.js";
