export * from "./dims.js";
export * from "./errors.js";
export * from "./hash.js";
export * from "./json.js";
export * from "./pause.js";
export * from "./rng.js";
export * from "./statistics.js";
