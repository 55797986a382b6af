export * from "./backward.js";
export * from "./stop.js";
export * from "./unbroadcast.js";
