export * from "./backward.js";
export * from "./custom.js";
export * from "./jacobian.js";
export * from "./products.js";
export * from "./unbroadcast.js";
export * from "./vmap.js";
