export * from "./backward.js";
