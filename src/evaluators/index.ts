export * from "./synflow.js";
