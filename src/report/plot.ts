import { escapeHtml } from "./escape.js";
import type { Scale } from "./scale.js";

/** What all plots share: a frame with quiet grid lines, tick labels that do not collide, titles of the axes. */
export interface PlotOptions {
  readonly width: number;
  readonly height: number;
  /** What the plot shows, for screen readers. */
  readonly label: string;
  readonly x: Axis;
  readonly y: Axis;
}

export interface Axis {
  readonly title: string;
  /** Scale for a range of pixels; the frame decides on the range. */
  readonly scale: (range: readonly [number, number]) => Scale;
  readonly text: (value: number) => string;
}

export interface Frame {
  readonly x: Scale;
  readonly y: Scale;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const CHAR = 6.4;

/** An SVG plot; `body` draws into the frame. */
export function plot(o: PlotOptions, body: (frame: Frame) => string): string {
  const top = 26;
  const bottom = o.height - 36;
  const y = o.y.scale([bottom, top]);
  const labels = y.ticks.map(o.y.text);
  const left = 10 + CHAR * labels.reduce((most, text) => Math.max(most, text.length), 2);
  const right = o.width - 12;
  const x = o.x.scale([left + 4, right]);
  const grid = y.ticks
    .map((tick, i) => {
      const at = round(y(tick));
      return `<path d="M${round(left)} ${at}H${right}"/><text class="ty" x="${round(left - 6)}" y="${round(y(tick) + 4)}">${escapeHtml(labels[i] ?? "")}</text>`;
    })
    .join("");
  const frame: Frame = { x, y, left, right, top, bottom };
  return [
    `<svg class="plot" viewBox="0 0 ${o.width} ${o.height}" role="group" tabindex="0" aria-label="${escapeHtml(o.label)}">`,
    `<g class="grid">${grid}${bottomTicks(x, o.x.text, bottom, right)}</g>`,
    `<path class="axis" d="M${round(left)} ${bottom}H${right}"/>`,
    `<text class="tt" x="0" y="11">${escapeHtml(o.y.title)}${y.kind === "error" ? ' <tspan class="soft">· by its error, log</tspan>' : ""}</text>`,
    `<text class="tt te" x="${right}" y="${o.height - 3}">${escapeHtml(o.x.title)}${x.kind === "log" ? ' <tspan class="soft">· log</tspan>' : ""}</text>`,
    body(frame),
    `</svg>`,
  ].join("");
}

/** Labels of the lower axis, without those that would touch their neighbour. */
function bottomTicks(x: Scale, text: (value: number) => string, bottom: number, right: number): string {
  let free = Number.NEGATIVE_INFINITY;
  return x.ticks
    .map((tick) => {
      const label = text(tick);
      const at = x(tick);
      const half = (label.length * CHAR) / 2;
      const mark = `<path class="tick" d="M${round(at)} ${bottom}v4"/>`;
      const ended = at + half > right + 8;
      if (at - half * (ended ? 2 : 1) < free + 8) return mark;
      free = at + half;
      const anchor = ended ? ' class="te"' : ' class="tx"';
      return `${mark}<text${anchor} x="${round(at)}" y="${bottom + 17}">${escapeHtml(label)}</text>`;
    })
    .join("");
}

/** A step line through points, first horizontal, then vertical: best so far, Pareto fronts. */
export function stairs(points: readonly (readonly [number, number])[], end: number): string {
  const [first, ...rest] = points;
  if (first === undefined) return "";
  const steps = rest.map(([x, y]) => `H${round(x)}V${round(y)}`);
  return `M${round(first[0])} ${round(first[1])}${steps.join("")}H${round(Math.max(end, first[0]))}`;
}

export function polyline(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("");
}

/** Coordinates need no more than a tenth of a pixel. */
export function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** A mark of a trial; {@link marks} gathers those of one kind. */
export interface Mark {
  readonly kind: string;
  readonly svg: string;
}

/** Radius 3 comes from the style sheet: most marks have it. Marks carry the trial's number; the page's script finds it there. */
export function dot(x: number, y: number, radius: number, trial: number, kind: string): Mark {
  return {
    kind,
    svg: `<circle cx="${round(x)}" cy="${round(y)}"${radius === 3 ? "" : ` r="${radius}"`} data-n="${trial}"/>`,
  };
}

export function cross(x: number, y: number, trial: number): Mark {
  return {
    kind: "m-failed",
    svg: `<path d="M${round(x - 3)} ${round(y - 3)}l6 6m0 -6l-6 6" data-n="${trial}"/>`,
  };
}

/** Marks in groups by kind, the kinds in this order from back to front. */
export function marks(list: readonly Mark[]): string {
  return ["m-failed", "m-infeasible", "m-plain", "m-front", "m-winner"]
    .map((kind) => [kind, list.filter((m) => m.kind === kind)] as const)
    .filter(([, members]) => members.length > 0)
    .map(([kind, members]) => `<g class="${kind}">${members.map((m) => m.svg).join("")}</g>`)
    .join("");
}
