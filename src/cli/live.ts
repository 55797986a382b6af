/** Shows a running search on stderr: a live block on a terminal, plain lines anywhere else. */
import type { StudyProgress, StudyStatus } from "../study/index.js";
import { displayWidth, renderBlock } from "./block.js";
import { ProgressFold, statusLine } from "./progress.js";
import type { Output, Painter } from "./terminal.js";

export interface Display {
  event(event: StudyProgress): void;
  /** A line that is to stay. */
  say(text: string): void;
  /** Leaves the last state on the screen and gives the cursor back. May be called twice. */
  close(): void;
}

export interface DisplayOptions {
  readonly stream: Output;
  readonly paint: Painter;
  readonly status: () => StudyStatus;
}

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const CLEAR_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";
/** Terminals that know it show the frame at once; others ignore it. */
const FRAME_BEGIN = "\u001b[?2026h";
const FRAME_END = "\u001b[?2026l";

/** At most ten frames a second; four where nothing but the time has changed. */
const FRAME_MS = 100;
const TICK_MS = 250;

/** A block at the foot of the output, redrawn in place; lines that are to stay scroll above it. */
export function liveDisplay({ stream, paint, status }: DisplayOptions): Display {
  const fold = new ProgressFold(status);
  let drawn: string[] = [];
  let drawnAt = Number.NEGATIVE_INFINITY;
  let pending: NodeJS.Timeout | undefined;
  let closed = false;

  const rewind = (): string => {
    // A terminal that became narrower has wrapped the lines: count the rows that they take now.
    const columns = Math.max(1, stream.columns ?? 80);
    const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / columns)), 0);
    return rows > 0 ? `\r\u001b[${rows}A` : "\r";
  };
  const draw = (kept: readonly string[] = []) => {
    clearTimeout(pending);
    pending = undefined;
    const lines = renderBlock(fold.progress, stream.columns ?? 80, stream.rows ?? 24, paint);
    const text = [...kept, ...lines].map((line) => `${line}${CLEAR_LINE}\n`).join("");
    stream.write(`${FRAME_BEGIN}${rewind()}${text}${CLEAR_BELOW}${FRAME_END}`);
    drawn = lines;
    drawnAt = performance.now();
  };
  const drawSoon = () => {
    if (closed || pending !== undefined) return;
    const wait = FRAME_MS - (performance.now() - drawnAt);
    if (wait <= 0) draw();
    else pending = setTimeout(draw, wait).unref();
  };
  const showCursor = () => stream.write(SHOW_CURSOR);

  stream.write(HIDE_CURSOR);
  process.on("exit", showCursor);
  stream.on?.("resize", drawSoon);
  const tick = setInterval(drawSoon, TICK_MS).unref();

  return {
    event(event) {
      if (closed) return;
      const kept = fold.take(event);
      // New bests are in the block; what failed must stay readable.
      if (event.type === "failed") draw(kept.map((line) => paint.yellow(line)));
      else drawSoon();
    },
    say(text) {
      if (closed) stream.write(`${text}\n`);
      else draw([text]);
    },
    close() {
      if (closed) return;
      closed = true;
      clearInterval(tick);
      stream.off?.("resize", drawSoon);
      draw();
      showCursor();
      process.off("exit", showCursor);
    },
  };
}

/** Milliseconds between two lines that only tell the state. */
const PLAIN_MS = 5_000;

/** A line for each event that matters, and the state every few seconds. */
export function plainDisplay({ stream, status }: DisplayOptions, everyMs = PLAIN_MS): Display {
  const fold = new ProgressFold(status);
  let closed = false;
  let last = "";
  const state = () => {
    const line = statusLine(fold.progress);
    if (line !== last) stream.write(`${line}\n`);
    last = line;
  };
  const tick = setInterval(state, everyMs).unref();
  return {
    event(event) {
      for (const line of closed ? [] : fold.take(event)) stream.write(`${line}\n`);
    },
    say: (text) => stream.write(`${text}\n`),
    close() {
      if (closed) return;
      closed = true;
      clearInterval(tick);
      state();
    },
  };
}

/** For `--quiet`: only what is said aloud. */
export function silentDisplay({ stream }: Pick<DisplayOptions, "stream">): Display {
  return { event: () => undefined, say: (text) => stream.write(`${text}\n`), close: () => undefined };
}
