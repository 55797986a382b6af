export type { NodeCost } from "./blocks.js";
export { type DrawOptions, drawGraph } from "./graph-drawing.js";
export { renderReport, type Winner } from "./html.js";
