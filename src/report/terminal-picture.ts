import { escapeHtml } from "./escape.js";

export interface PictureOptions {
  /** Text in the title bar. */
  readonly title?: string;
  /** Columns; default: the longest line, at least 60. */
  readonly columns?: number;
}

const CELL = { width: 8.4, height: 19, size: 14 } as const;
const PAD = { x: 22, top: 46, bottom: 20 } as const;
const INK = "#d8d5cc";
const GROUND = "#1b1a18";

/** The 16 colours of a terminal: dim enough for a dark ground, bright enough to read. */
const COLORS: readonly string[] = [
  "#4a473f",
  "#ef7a6d",
  "#6cc48c",
  "#e0b050",
  "#68aee6",
  "#c79be0",
  "#5cc0c7",
  "#d8d5cc",
  "#7d786c",
  "#ff9c90",
  "#8fdfab",
  "#f2cc7c",
  "#93c8f5",
  "#dcbcf0",
  "#86dbe0",
  "#f6f3ec",
];

interface Pen {
  color: string | undefined;
  ground: string | undefined;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  inverse: boolean;
}

interface Run {
  readonly column: number;
  readonly text: string;
  readonly pen: Pen;
}

/**
 * A picture of a terminal with these lines (or one text with line breaks), ANSI colours included, as an SVG
 * that shows the same in every viewer: each run of text is fitted to its columns, whatever font is there.
 */
export function terminalSvg(text: string | readonly string[], options: PictureOptions = {}): string {
  const lines = (typeof text === "string" ? text.replace(/\r?\n$/, "").split(/\r?\n/) : text).slice(0, 2000);
  const pen = fresh();
  const rows = lines.map((line) => runsOf(line, pen));
  const longest = rows.reduce((m, runs) => Math.max(m, ...runs.map((r) => r.column + columnsOf(r.text))), 60);
  const columns = Math.min(400, options.columns ?? longest);
  const width = Math.ceil(PAD.x * 2 + columns * CELL.width);
  const height = Math.ceil(PAD.top + rows.length * CELL.height + PAD.bottom);
  const body = rows.flatMap((runs, i) => runs.map((run) => drawRun(run, PAD.top + i * CELL.height)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeHtml(options.title ?? "Terminal")}">`,
    `<rect width="${width}" height="${height}" rx="10" fill="${GROUND}"/>`,
    `<circle cx="22" cy="20" r="5.5" fill="#4a473f"/><circle cx="41" cy="20" r="5.5" fill="#4a473f"/><circle cx="60" cy="20" r="5.5" fill="#4a473f"/>`,
    options.title === undefined
      ? ""
      : `<text x="${width / 2}" y="24.5" fill="#8d887c" font-family="system-ui,sans-serif" font-size="12.5" text-anchor="middle">${escapeHtml(options.title)}</text>`,
    `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace" font-size="${CELL.size}" fill="${INK}" xml:space="preserve">`,
    body.join(""),
    `</g></svg>\n`,
  ].join("");
}

function fresh(): Pen {
  return {
    color: undefined,
    ground: undefined,
    bold: false,
    dim: false,
    italic: false,
    underline: false,
    inverse: false,
  };
}

/** Splits a line at its escape sequences; `pen` carries the style from line to line, as terminals do. */
function runsOf(line: string, pen: Pen): Run[] {
  const runs: Run[] = [];
  let column = 0;
  for (const part of line.split(SEQUENCE)) {
    if (part === "") continue;
    if (part.startsWith("\u001B")) {
      if (part.endsWith("m") && part.startsWith("\u001B[")) apply(pen, part.slice(2, -1));
      continue;
    }
    const text = part.replaceAll("\t", "    ").replace(CONTROL, "");
    if (text.trim() !== "" || pen.ground !== undefined || pen.inverse)
      runs.push({ column, text, pen: { ...pen } });
    column += columnsOf(text);
  }
  return runs;
}

/** CSI and OSC sequences; only SGR (colours and weights) has an effect in a picture. */
const SEQUENCE = sequencePattern(String.fromCharCode(27), String.fromCharCode(7));
const CONTROL = /\p{Cc}/gu;

function sequencePattern(esc: string, bell: string): RegExp {
  const csi = String.raw`${esc}\[[0-9;:?]*[ -/]*[@-~]`;
  const osc = String.raw`${esc}\][^${bell}${esc}]*(?:${bell}|${esc}\\)`;
  return new RegExp(`(${csi}|${osc})`);
}

function apply(pen: Pen, codes: string): void {
  const list = codes === "" ? [0] : codes.split(/[;:]/).map(Number);
  for (let i = 0; i < list.length; i++) {
    const code = list[i] ?? 0;
    if (code === 0) Object.assign(pen, fresh());
    else if (code === 1) pen.bold = true;
    else if (code === 2) pen.dim = true;
    else if (code === 3) pen.italic = true;
    else if (code === 4) pen.underline = true;
    else if (code === 7) pen.inverse = true;
    else if (code === 22) pen.bold = pen.dim = false;
    else if (code === 23) pen.italic = false;
    else if (code === 24) pen.underline = false;
    else if (code === 27) pen.inverse = false;
    else if (code >= 30 && code <= 37) pen.color = COLORS[code - 30];
    else if (code >= 90 && code <= 97) pen.color = COLORS[code - 82];
    else if (code >= 40 && code <= 47) pen.ground = COLORS[code - 40];
    else if (code >= 100 && code <= 107) pen.ground = COLORS[code - 92];
    else if (code === 39) pen.color = undefined;
    else if (code === 49) pen.ground = undefined;
    else if (code === 38 || code === 48) {
      const [color, used] = extended(list.slice(i + 1));
      if (code === 38) pen.color = color;
      else pen.ground = color;
      i += used;
    }
  }
}

/** `5;n` of the 256-colour cube, `2;r;g;b` in full; and how many codes that took. */
function extended(codes: readonly number[]): [string | undefined, number] {
  const [mode, a = 0, b = 0, c = 0] = codes;
  const hex = (...parts: number[]) =>
    `#${parts.map((p) => (p & 255).toString(16).padStart(2, "0")).join("")}`;
  if (mode === 2) return [hex(a, b, c), 4];
  if (mode !== 5) return [undefined, 1];
  if (a < 16) return [COLORS[a], 2];
  if (a >= 232) return [hex(8 + (a - 232) * 10, 8 + (a - 232) * 10, 8 + (a - 232) * 10), 2];
  const level = (n: number) => (n === 0 ? 0 : 55 + n * 40);
  const cube = a - 16;
  return [hex(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)), 2];
}

function drawRun({ column, text, pen }: Run, y: number): string {
  const columns = columnsOf(text);
  const x = PAD.x + column * CELL.width;
  const ink = pen.inverse ? (pen.ground ?? GROUND) : pen.color;
  const ground = pen.inverse ? (pen.color ?? INK) : pen.ground;
  const back =
    ground === undefined
      ? ""
      : `<rect x="${px(x)}" y="${px(y)}" width="${px(columns * CELL.width)}" height="${CELL.height}" fill="${ground}"/>`;
  if (text.trim() === "") return back;
  // Leading blanks are skipped by moving: viewers differ in how they keep them.
  const lead = columnsOf(text) - columnsOf(text.trimStart());
  const shown = text.trim();
  const attributes = [
    ink === undefined ? "" : ` fill="${ink}"`,
    pen.bold ? ' font-weight="700"' : "",
    pen.dim ? ' opacity="0.62"' : "",
    pen.italic ? ' font-style="italic"' : "",
    pen.underline ? ' text-decoration="underline"' : "",
  ].join("");
  return `${back}<text x="${px(x + lead * CELL.width)}" y="${px(y + 14)}" textLength="${px(columnsOf(shown) * CELL.width)}" lengthAdjust="spacingAndGlyphs"${attributes}>${escapeHtml(shown).replaceAll("  ", " \u00A0")}</text>`;
}

/** Columns that a terminal gives a text: combining marks take none, wide East Asian characters two. */
function columnsOf(text: string): number {
  let columns = 0;
  for (const c of text) {
    if (/\p{M}|\u200B|\u200D|\uFE0F/u.test(c)) continue;
    const code = c.codePointAt(0) ?? 0;
    const wide =
      (code >= 0x1100 && code <= 0x115f) ||
      (code >= 0x2e80 && code <= 0xa4cf) ||
      (code >= 0xac00 && code <= 0xd7a3) ||
      (code >= 0xf900 && code <= 0xfaff) ||
      (code >= 0xfe30 && code <= 0xfe6f) ||
      (code >= 0xff00 && code <= 0xff60) ||
      (code >= 0x1f300 && code <= 0x1faff) ||
      (code >= 0x20000 && code <= 0x3fffd);
    columns += wide ? 2 : 1;
  }
  return columns;
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
