export * from "./by-name.js";
export * from "./schedules.js";
