export type { NodeCost } from "./blocks.js";
export { drawGraphs } from "./drawings.js";
export { type ExperimentView, experimentPage } from "./experiment-page.js";
export { type DrawOptions, drawGraph } from "./graph-drawing.js";
export { renderReport, type Winner } from "./html.js";
export { renderTerminal, type TerminalOptions } from "./terminal.js";
export { type PictureOptions, terminalSvg } from "./terminal-picture.js";
export { writeReport } from "./write.node.js";
