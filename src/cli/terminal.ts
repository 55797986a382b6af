/** What a stream can do: colour, width, redrawing. */

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  on?(event: "resize", listener: () => void): unknown;
  off?(event: "resize", listener: () => void): unknown;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** NO_COLOR beats FORCE_COLOR beats what the stream is (no-color.org; an empty NO_COLOR does not count). */
export function wantsColor(stream: Output, env: Environment): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "false";
  return stream.isTTY === true && env.TERM !== "dumb";
}

/** A block may be redrawn in place: a real terminal, and no continuous integration that only looks like one. */
export function canRedraw(stream: Output, env: Environment): boolean {
  const ci = env.CI !== undefined && env.CI !== "" && env.CI !== "0" && env.CI !== "false";
  return stream.isTTY === true && env.TERM !== "dumb" && !ci;
}

const STYLES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
} as const;

export type Painter = { readonly [Style in keyof typeof STYLES]: (text: string) => string };

/** Functions that colour a text, or leave it as it is. */
export function painter(enabled: boolean): Painter {
  const paint = (name: keyof typeof STYLES) => (text: string) => {
    const [open, close] = STYLES[name];
    return enabled && text !== "" ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  };
  return {
    bold: paint("bold"),
    dim: paint("dim"),
    red: paint("red"),
    green: paint("green"),
    yellow: paint("yellow"),
    blue: paint("blue"),
    magenta: paint("magenta"),
    cyan: paint("cyan"),
  };
}

// biome flags control characters in literals; these are the sequences that painter() writes.
const ESCAPE = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, "g");

/** The text without colours and cursor movements. */
export function plain(text: string): string {
  return text.replaceAll(ESCAPE, "");
}

/** One line of printable text: line breaks become spaces, other control characters vanish. */
export function oneLine(text: string): string {
  return plain(text)
    .replaceAll(/\s+/g, " ")
    .replaceAll(/\p{Cc}/gu, "")
    .trim();
}
