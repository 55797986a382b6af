export * from "./events.js";
export * from "./replay.js";
export * from "./store.js";
