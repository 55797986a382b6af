import type { Graph, Node, Value } from "../ir/index.js";
import { printType } from "../ir/index.js";
import { blocksOf, type Item, linksOf, type NodeCost, total } from "./blocks.js";
import { escapeHtml, shorten } from "./escape.js";
import { plural, short } from "./format.js";
import { GRAPH_STYLE } from "./graph-style.js";
import { type Layout, layoutLayers } from "./layout.js";
import { nodeCosts } from "./node-costs.js";
import { shapeText } from "./node-label.js";

export interface DrawOptions {
  /** Costs of a node; default: params by initializers, MACs by the operators' own rules. */
  readonly costOf?: (node: Node) => NodeCost;
  /** Blocks that stand open: none, all, or those down to a depth (1: the outermost). Default "none". */
  readonly open?: "none" | "all" | number;
  /** Boxes drawn at most; blocks beyond stay closed for good. Default 400. */
  readonly maxBoxes?: number;
  /** With its own style sheet (light and dark), for a file of its own. Default true. */
  readonly standalone?: boolean;
  /** Start of the ids in the SVG, for pages that hold several. Default "graph". */
  readonly id?: string;
}

/** Measures in px; the script that opens blocks in reports uses the same (see `script.ts`). */
export const DRAW = { gap: 26, lane: 15, pad: 14, head: 46, foot: 12, base: 300, shared: 158 } as const;

/** One level of the drawing, measured: boxes, arrows, and the levels inside its boxes. */
interface View {
  readonly items: readonly Item[];
  readonly links: readonly { readonly from: number; readonly to: number; readonly value: Value }[];
  readonly inner: readonly (View | undefined)[];
  readonly widths: readonly number[];
  /** Width that the level needs, lanes included. */
  readonly need: number;
  readonly lanes: number;
}

/**
 * A graph as an SVG drawing that a person can read: blocks by scope names, fused runs as one box, tensor
 * shapes on the arrows, skip connections as arcs at the left, costs as bars at the right. Linear in the
 * number of nodes for chains; a graph of thousands of nodes is gathered into blocks first.
 */
export function drawGraph(graph: Graph, options: DrawOptions = {}): string {
  const items = blocksOf(graph, options.costOf ?? nodeCosts(graph));
  const sum = total(items.map((i) => i.cost));
  const drawn = choose(items, options.maxBoxes ?? 400);
  const view = measure(items, new Set(graph.outputs), drawn, readersOf(items));
  const pen = new Pen(sum, options.open ?? "none", options.id ?? "graph");
  const width = Math.max(view.need, 320);
  const inputs = graph.inputs.filter((v) => !graph.initializers.includes(v));
  const ends = {
    top: 12 + 17 * Math.max(1, inputs.length),
    bottom: 12 + 17 * Math.max(1, graph.outputs.length),
  };
  const body = pen.view(view, width, 1);
  const left = view.lanes * DRAW.lane;
  const height = ends.top + body.height + ends.bottom;
  const label = `Drawing of the network: ${plural(items.length, "box", "boxes")}, ${plural(graph.nodes.length, "node")}`;
  const id = escapeHtml(options.id ?? "graph");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="gd" id="${id}" role="group" aria-label="${escapeHtml(label)}"`,
    ` viewBox="-2 -2 ${px(width + 4)} ${px(height + 4)}" width="${px(width + 4)}" height="${px(height + 4)}">`,
    (options.standalone ?? true) ? `<style>${GRAPH_STYLE}</style>` : "",
    `<defs><marker id="${id}-tip" viewBox="0 0 8 8" refX="6.5" refY="4" markerWidth="6" markerHeight="6" orient="auto">`,
    `<path class="gt" d="M1 1L7 4L1 7z"/></marker></defs>`,
    terminals(inputs, left, width - left, 0, ends.top),
    `<g class="gm" transform="translate(0 ${ends.top})">${body.svg}</g>`,
    `<g class="go" transform="translate(0 ${px(ends.top + body.height)})">`,
    terminals(graph.outputs, left, width - left, 0, ends.bottom),
    `</g></svg>`,
  ].join("");
}

/** Blocks whose insides are drawn, outer levels first, within the budget of boxes. */
function choose(items: readonly Item[], budget: number): Set<Item> {
  const drawn = new Set<Item>();
  let left = budget - items.length;
  const queue = [...items];
  for (let at = 0; at < queue.length; at++) {
    const item = queue[at];
    if (item === undefined || item.children.length === 0 || item.children.length > left) continue;
    left -= item.children.length;
    drawn.add(item);
    queue.push(...item.children);
  }
  return drawn;
}

/** For every value, the units that read it: what leaves a block is what is read outside. */
function readersOf(items: readonly Item[]): Map<Value, number> {
  const readers = new Map<Value, number>();
  for (const item of items) {
    for (const unit of item.units) for (const v of unit.inputs) readers.set(v, (readers.get(v) ?? 0) + 1);
  }
  return readers;
}

function measure(
  items: readonly Item[],
  leaving: ReadonlySet<Value>,
  drawn: ReadonlySet<Item>,
  readers: ReadonlyMap<Value, number>,
): View {
  const inner = items.map((item) =>
    drawn.has(item) ? measure(item.children, leavingOf(item, leaving, readers), drawn, readers) : undefined,
  );
  const needs = inner.map((v) => (v === undefined ? 0 : v.need + 2 * DRAW.pad));
  const widths = needs.map((need) => Math.max(need, DRAW.shared));
  const links = linksOf(items, leaving);
  const base = needs.reduce((most, need) => Math.max(most, need), DRAW.base);
  const layout = layoutLayers({ widths, links, width: base, gap: 14, lane: DRAW.lane });
  return { items, links, inner, widths, need: layout.total, lanes: layout.laneCount };
}

function leavingOf(
  item: Item,
  outer: ReadonlySet<Value>,
  readers: ReadonlyMap<Value, number>,
): ReadonlySet<Value> {
  const inside = new Map<Value, number>();
  for (const unit of item.units) for (const v of unit.inputs) inside.set(v, (inside.get(v) ?? 0) + 1);
  const leaving = new Set<Value>();
  for (const unit of item.units) {
    for (const v of unit.outputs) {
      if (outer.has(v) || (readers.get(v) ?? 0) > (inside.get(v) ?? 0)) leaving.add(v);
    }
  }
  return leaving;
}

interface Drawn {
  readonly svg: string;
  readonly height: number;
}

class Pen {
  constructor(
    private readonly sum: NodeCost,
    private readonly open: "none" | "all" | number,
    private readonly id: string,
  ) {}

  view(view: View, width: number, depth: number): Drawn {
    const layout = layoutLayers({
      widths: view.widths,
      links: view.links,
      width: width - view.lanes * DRAW.lane,
      gap: 14,
      lane: DRAW.lane,
    });
    const boxes = view.items.map((item, i) => this.box(item, view.inner[i], layout.width[i] ?? 0, depth));
    const tops: number[] = [];
    const bottoms: number[] = [];
    let y: number = DRAW.gap;
    for (const row of layout.rows) {
      tops.push(y);
      y += row.reduce((most, i) => Math.max(most, boxes[i]?.height ?? 0), 0);
      bottoms.push(y);
      y += DRAW.gap;
    }
    const height = view.items.length === 0 ? DRAW.gap : y;
    const body = view.items.map((_, i) => {
      const r = layout.row[i] ?? 0;
      const box = boxes[i];
      const x = layout.x[i] ?? 0;
      return `<g class="gi" data-r="${r}" data-h="${px(box?.height ?? 0)}" transform="translate(${px(x)} ${px(tops[r] ?? 0)})">${box?.svg ?? ""}</g>`;
    });
    const arrows = this.arrows(view, layout, boxes, tops, bottoms, height, depth);
    return { svg: `<g class="gv">${arrows}${body.join("")}</g>`, height };
  }

  private arrows(
    view: View,
    layout: Layout,
    boxes: readonly Drawn[],
    tops: readonly number[],
    bottoms: readonly number[],
    height: number,
    depth: number,
  ): string {
    const n = view.items.length;
    const left = layout.laneCount * DRAW.lane;
    const said = new Set<Value>();
    const span = (i: number): [number, number] =>
      i < 0 || i >= n
        ? [left, layout.total]
        : [layout.x[i] ?? 0, (layout.x[i] ?? 0) + (layout.width[i] ?? 0)];
    const texts: string[] = [];
    const paths = view.links.map(({ from, to, value }, at) => {
      const lane = layout.lanes[at];
      const r = from < 0 ? -1 : (layout.row[from] ?? 0);
      const y1 = from < 0 ? 0 : (tops[r] ?? 0) + (boxes[from]?.height ?? 0);
      const y2 = to >= n ? height : (tops[layout.row[to] ?? 0] ?? 0);
      const [x1, x2] =
        lane === undefined ? meet(span(from), span(to)) : [span(from)[0] + 22, span(to)[0] + 22];
      const across = lane === undefined ? "" : px(left - (lane + 0.6) * DRAW.lane);
      const points = [px(x1), px(x2), across].join(" ");
      // Inside a block the arrows from and to its border would repeat what the arrows outside say.
      const border = depth > 1 && (from < 0 || to >= n);
      if (lane === undefined && !border && !said.has(value)) {
        said.add(value);
        const text = shorten(shapeText(value), 28);
        if (text !== "")
          texts.push(
            `<text class="gl" data-f="${from}" x="${px(x1 + 7)}" y="${px(y1 + DRAW.gap / 2 + 3)}">${escapeHtml(text)}</text>`,
          );
      }
      const bottom = from < 0 ? 0 : (bottoms[r] ?? 0);
      const d = linkPath(x1, y1, bottom, x2, y2, across === "" ? undefined : Number(across));
      const arc = lane === undefined ? "" : " ga";
      return `<path class="ge${arc}" data-e="${from} ${to} ${points}" d="${d}"/>`;
    });
    return `<g class="gr" marker-end="url(#${escapeHtml(this.id)}-tip)">${paths.join("")}</g>${texts.join("")}`;
  }

  private box(item: Item, inner: View | undefined, width: number, depth: number): Drawn {
    const isBlock = item.children.length > 0;
    const head = isBlock ? DRAW.head : item.detail === "" && !this.costly(item) ? 28 : 42;
    const open =
      inner !== undefined && (this.open === "all" || (typeof this.open === "number" && depth <= this.open));
    const inside = inner === undefined ? undefined : this.view(inner, width - 2 * DRAW.pad, depth + 1);
    const height = open && inside !== undefined ? head + inside.height : head;
    const name = [item.title, item.detail, costText(item.cost)].filter(Boolean).join(", ");
    const svg = [
      `<rect class="gb k-${item.kind}${open ? " open" : ""}" width="${px(width)}" height="${px(height)}" rx="${isBlock ? 7 : 5}"/>`,
      inside === undefined
        ? this.leaf(item, name, width, head)
        : `<g class="gf" tabindex="0" role="button" aria-expanded="${open}" aria-label="${escapeHtml(name)}"><rect class="gh" width="${px(width)}" height="${head}" rx="7"/>${this.face(item, true, width, head)}</g>`,
      inside === undefined
        ? ""
        : `<g class="gn" transform="translate(${DRAW.pad} ${head})"${open ? "" : ' display="none"'}><path class="gk" d="M${-DRAW.pad} 0H${px(width - DRAW.pad)}"/>${inside.svg}</g>`,
    ];
    return { svg: svg.join(""), height };
  }

  /** A box that does not open; what had to be cut off is told on hover. */
  private leaf(item: Item, name: string, width: number, head: number): string {
    const face = this.face(item, false, width, head);
    return face.includes("…") ? `<g><title>${escapeHtml(name)}</title>${face}</g>` : face;
  }

  private costly(item: Item): boolean {
    return item.cost.params > 0 || (item.cost.macs ?? 0) > 0;
  }

  private face(item: Item, opens: boolean, width: number, head: number): string {
    const bars = this.costly(item) && width >= 240;
    const left = opens ? 28 : 12;
    const room = width - left - (bars ? 126 : 12);
    const two = head > 28;
    const title = shorten(item.title, Math.max(4, Math.floor(room / 6.7)));
    const numbers =
      !bars && this.costly(item)
        ? [item.detail, costText(item.cost)].filter(Boolean).join(" · ")
        : item.detail;
    const detail = shorten(numbers, Math.max(4, Math.floor(room / 5.5)));
    return [
      opens ? `<path class="gc" d="M13 ${head / 2 - 4}l5 4l-5 4"/>` : "",
      `<text class="gx" x="${left}" y="${two ? head / 2 - 3 : head / 2 + 4}">${escapeHtml(title)}</text>`,
      two ? `<text class="gy" x="${left}" y="${head / 2 + 12}">${escapeHtml(detail)}</text>` : "",
      bars ? this.bars(item.cost, width, head) : "",
    ].join("");
  }

  private bars(cost: NodeCost, width: number, head: number): string {
    const x = width - 116;
    const bar = (value: number | undefined, of: number | undefined, kind: string, y: number) => {
      if (value === undefined || of === undefined || of <= 0) return "";
      const length = value > 0 ? Math.max(1, (value / of) * 56) : 0;
      return [
        `<path class="gz" d="M${px(x)} ${y}h56"/>`,
        length > 0 ? `<path class="${kind}" d="M${px(x)} ${y}h${px(length)}"/>` : "",
        `<text class="gw" x="${px(width - 10)}" y="${y + 3}">${escapeHtml(short(value))}</text>`,
      ].join("");
    };
    const mid = head / 2;
    return bar(cost.params, this.sum.params, "gp", mid - 7) + bar(cost.macs, this.sum.macs, "gq", mid + 8);
  }
}

/** Where an arrow leaves one box and reaches the other: straight down wherever they overlap. */
function meet(a: readonly [number, number], b: readonly [number, number]): [number, number] {
  const middle = (s: readonly [number, number]) => (s[0] + s[1]) / 2;
  const narrow = a[1] - a[0] <= b[1] - b[0] ? middle(a) : middle(b);
  const inside = (s: readonly [number, number]) => narrow > s[0] + 8 && narrow < s[1] - 8;
  return inside(a) && inside(b) ? [narrow, narrow] : [middle(a), middle(b)];
}

/** Path of an arrow; the script in reports draws it the same way after a block was opened. */
export function linkPath(
  x1: number,
  y1: number,
  bottom: number,
  x2: number,
  y2: number,
  lane?: number,
): string {
  if (lane === undefined) {
    if (x1 === x2) return `M${px(x1)} ${px(y1)}V${px(y2)}`;
    const bend = Math.min(22, (y2 - bottom) * 0.7);
    return `M${px(x1)} ${px(y1)}V${px(bottom)}C${px(x1)} ${px(bottom + bend)} ${px(x2)} ${px(y2 - bend)} ${px(x2)} ${px(y2)}`;
  }
  return (
    `M${px(x1)} ${px(y1)}V${px(bottom)}C${px(x1)} ${px(bottom + 14)} ${px(lane)} ${px(bottom + 4)} ${px(lane)} ${px(bottom + 22)}` +
    `V${px(y2 - 22)}C${px(lane)} ${px(y2 - 4)} ${px(x2)} ${px(y2 - 14)} ${px(x2)} ${px(y2)}`
  );
}

/** The values that enter or leave, as lines of a pill. */
function terminals(values: readonly Value[], x: number, width: number, y: number, height: number): string {
  const shown = values.slice(0, 6);
  const lines = shown.map((v, i) => {
    const more = i === 5 && values.length > 6 ? ` and ${values.length - 6} more` : "";
    const type = shorten(printType(v.type), 34);
    return `<text class="gs" x="${px(x + width / 2)}" y="${y + 20 + i * 17}"><tspan class="gx">${escapeHtml(shorten(v.name, 22))}</tspan> <tspan class="gy">${escapeHtml(type)}${more}</tspan></text>`;
  });
  return `<rect class="gu" x="${px(x)}" y="${y}" width="${px(width)}" height="${height}" rx="${Math.min(15, height / 2)}"/>${lines.join("")}`;
}

function costText(cost: NodeCost): string {
  return [
    cost.params > 0 ? `${short(cost.params)} params` : "",
    cost.macs !== undefined && cost.macs > 0 ? `${short(cost.macs)} MACs` : "",
  ]
    .filter(Boolean)
    .join(", ");
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
