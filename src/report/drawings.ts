import type { Graph } from "../ir/index.js";
import { type DrawOptions, drawGraph } from "./graph-drawing.js";

/** Space between two drawings, in px. */
const GAP = 24;

/** Several graphs side by side in one SVG, each as {@link drawGraph} draws it. */
export function drawGraphs(graphs: readonly Graph[], options: DrawOptions = {}): string {
  let left = 0;
  let height = 0;
  const drawings = graphs.map((graph, i) => {
    const svg = drawGraph(graph, { ...options, id: `${options.id ?? "graph"}${i + 1}`, standalone: i === 0 });
    const [width, tall] = [/ width="([\d.]+)"/, / height="([\d.]+)"/].map((it) =>
      Number(it.exec(svg)?.[1] ?? 0),
    );
    const placed = svg.replace("<svg ", `<svg x="${left}" `);
    left += (width ?? 0) + GAP;
    height = Math.max(height, tall ?? 0);
    return placed;
  });
  const width = Math.max(0, left - GAP);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    ...drawings,
    "</svg>",
  ].join("");
}
