import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { issue } from "../base/index.js";
import type { StudyProgress, StudyStatus } from "../study/index.js";
import { displayWidth, renderBlock } from "./block.js";
import { liveDisplay, plainDisplay } from "./live.js";
import { sparkline } from "./sparkline.js";
import { canRedraw, type Output, painter, plain, wantsColor } from "./terminal.js";

const COSTS = { params: 48_312, macs: 1_210_000, flops: 2_420_000, weightBytes: 1, peakActivationBytes: 1 };
const STATUS: StudyStatus = {
  study: "digits",
  phase: "searching",
  done: 23,
  running: 2,
  total: 50,
  feasibleShare: 0.64,
  best: { trial: 14, valAccuracy: 0.974, costs: { ...COSTS, latencyMs: 0.42 } },
  elapsedMs: 65_000,
  etaMs: 70_000,
  metric: "accuracy",
};
const RUNG: StudyProgress = { type: "rung", trial: 14, rung: 0, valAccuracy: 0.974, promoted: true };

const ESCAPE = String.fromCharCode(27);

/** A terminal that keeps what a person would see: rows of text, a cursor, wrapping at its width. */
class Screen implements Output {
  readonly isTTY = true;
  rows = 24;
  raw = "";
  cursorHidden = false;
  #lines: string[][] = [[]];
  #row = 0;
  #column = 0;
  #resize = new Set<() => void>();

  constructor(public columns: number) {}

  on(_event: "resize", listener: () => void): void {
    this.#resize.add(listener);
  }

  off(_event: "resize", listener: () => void): void {
    this.#resize.delete(listener);
  }

  get listeners(): number {
    return this.#resize.size;
  }

  /** Wraps what stands on the screen anew, as terminals do. */
  resize(columns: number): void {
    const above = this.#lines.slice(0, this.#row);
    const rewrapped = above.flatMap((line) => {
      const parts: string[][] = [];
      for (let i = 0; i < Math.max(1, line.length); i += columns) parts.push(line.slice(i, i + columns));
      return parts;
    });
    this.#lines = [...rewrapped, ...this.#lines.slice(this.#row)];
    this.#row = rewrapped.length;
    this.columns = columns;
    for (const listener of this.#resize) listener();
  }

  write(text: string): boolean {
    this.raw += text;
    const sequences = new RegExp(`${ESCAPE}\\[(\\??)(\\d*)([A-Za-z])|[\\s\\S]`, "gu");
    for (const [whole, question, digits, letter] of text.matchAll(sequences)) {
      if (letter === undefined) this.#put(whole);
      else if (question === "?" && digits === "25") this.cursorHidden = letter === "l";
      else if (letter === "A") this.#row = Math.max(0, this.#row - Number(digits));
      else if (letter === "K") this.#lines[this.#row]?.splice(this.#column);
      else if (letter === "J") {
        this.#lines[this.#row]?.splice(this.#column);
        this.#lines.splice(this.#row + 1);
      }
    }
    return true;
  }

  #put(character: string): void {
    if (character === "\n") {
      this.#row++;
      this.#column = 0;
    } else if (character === "\r") this.#column = 0;
    else {
      if (this.#column === this.columns) {
        this.#row++;
        this.#column = 0;
      }
      const line = this.#lines[this.#row] ?? [];
      line[this.#column++] = character;
      this.#lines[this.#row] = line;
      return;
    }
    this.#lines[this.#row] ??= [];
  }

  get text(): string[] {
    return this.#lines.map((line) => line.join("")).filter((line) => line !== "");
  }
}

describe("block", () => {
  it("shows bar, best with its costs, feasible share and time", () => {
    const progress = { status: STATUS, bestSoFar: [0.5, 0.9, 0.974] };
    expect(renderBlock(progress, 100, 24, painter(false))).toMatchInlineSnapshot(`
      [
        "digits  ━━━━━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌  23/50 trials  2 running",
        "best accuracy 97.40 %  trial 14  48.3k params  1.21M MACs  0.42 ms",
        "⣸⡇  1 min 05 s, about 1 min 10 s left  64 % of candidates feasible",
      ]
    `);
  });

  it("stays inside every screen, whatever the study is called", () => {
    for (let columns = 1; columns <= 130; columns++) {
      for (const study of ["digits", "a-very-long-name-of-a-study-that-no-screen-holds", "数字を読む研究"]) {
        const progress = { status: { ...STATUS, study }, bestSoFar: [0.1, 0.4, 0.5] };
        for (const rows of [1, 2, 24]) {
          const lines = renderBlock(progress, columns, rows, painter(true));
          expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
          for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(Math.max(1, columns - 1));
        }
      }
    }
  });

  it("says so where nothing has been scored, and what comes after the search", () => {
    const early = { status: { ...STATUS, best: null, total: null, etaMs: null }, bestSoFar: [] };
    const text = renderBlock(early, 100, 24, painter(false)).join("\n");
    expect(text).toContain("no score yet");
    expect(text).toContain("23 trials");
    expect(text).not.toContain("left");
    const last = { ...early, status: { ...STATUS, phase: "training the winner" as const } };
    expect(
      renderBlock({ ...last, final: { networks: 1, epochs: 12, epoch: 5 } }, 100, 24, painter(false))[0],
    ).toContain("training the winner, epoch 5/12");
  });
});

describe("sparkline", () => {
  it("rises with its values and ends with the last one", () => {
    expect(sparkline([], 8)).toBe("");
    expect(sparkline([1, 2, 3, 4], 8)).toBe("⣠⣾");
    expect(sparkline([5, 5], 8)).toBe("⣤");
    const rising = sparkline(
      Array.from({ length: 1000 }, (_, i) => i),
      10,
    );
    expect([...rising]).toHaveLength(10);
    expect(rising.endsWith("⣿")).toBe(true);
  });
});

describe("live display", () => {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"],
    });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("redraws in place and leaves one block behind", () => {
    const screen = new Screen(90);
    let status = { ...STATUS, done: 0 };
    const display = liveDisplay({ stream: screen, paint: painter(true), status: () => status });
    expect(screen.cursorHidden).toBe(true);
    for (let done = 1; done <= 40; done++) {
      status = { ...STATUS, done };
      display.event(RUNG);
      vi.advanceTimersByTime(120);
    }
    display.close();
    expect(screen.text).toHaveLength(3);
    expect(screen.text[0]).toContain("40/50 trials");
    expect(screen.cursorHidden).toBe(false);
    expect(screen.listeners).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("draws at most ten times a second", () => {
    const screen = new Screen(90);
    const display = liveDisplay({ stream: screen, paint: painter(false), status: () => STATUS });
    for (let i = 0; i < 1000; i++) {
      display.event(RUNG);
      vi.advanceTimersByTime(1);
    }
    const frames = screen.raw.split("\u001b[?2026h").length - 1;
    expect(frames).toBeGreaterThan(5);
    expect(frames).toBeLessThanOrEqual(11);
    display.close();
  });

  it("survives a window that becomes narrow and wide again", () => {
    const screen = new Screen(100);
    const display = liveDisplay({ stream: screen, paint: painter(false), status: () => STATUS });
    for (const columns of [100, 30, 55, 12, 120, 40]) {
      display.event(RUNG);
      vi.advanceTimersByTime(300);
      screen.resize(columns);
      vi.advanceTimersByTime(300);
      expect(screen.text.length, screen.text.join("\n")).toBeLessThanOrEqual(3);
      expect(screen.text.filter((line) => line.startsWith("best"))).toHaveLength(1);
    }
    display.close();
  });

  it("keeps failures above the block", () => {
    const screen = new Screen(100);
    const display = liveDisplay({ stream: screen, paint: painter(true), status: () => STATUS });
    display.event({
      type: "failed",
      trial: 3,
      error: issue("nan_loss", { path: "epoch 2" }),
      willRetry: true,
    });
    display.event(RUNG);
    vi.advanceTimersByTime(300);
    display.close();
    expect(screen.text[0]).toBe("trial 3 failed: nan_loss at epoch 2 (tried again)");
    expect(screen.text).toHaveLength(4);
  });

  it("keeps its place when something is said", () => {
    const screen = new Screen(100);
    const display = liveDisplay({ stream: screen, paint: painter(true), status: () => STATUS });
    display.event(RUNG);
    vi.advanceTimersByTime(300);
    display.say("stopping");
    display.event(RUNG);
    vi.advanceTimersByTime(300);
    display.close();
    expect(screen.text).toHaveLength(4);
    expect(screen.text[0]).toBe("stopping");
  });

  it("writes plain lines where nothing can be redrawn", () => {
    const lines: string[] = [];
    const stream: Output = { write: (text) => lines.push(text) };
    let status: StudyStatus = STATUS;
    const display = plainDisplay({ stream, paint: painter(false), status: () => status });
    display.event({
      type: "opened",
      study: "digits",
      resumed: true,
      trialsBefore: 20,
      total: 50,
      workers: 2,
    });
    display.event(RUNG);
    display.event(RUNG);
    vi.advanceTimersByTime(5_000);
    vi.advanceTimersByTime(5_000);
    status = { ...STATUS, done: 24 };
    vi.advanceTimersByTime(5_000);
    display.close();
    const text = lines.join("");
    expect(text).not.toContain("\u001b");
    expect(text.split("\n")).toEqual([
      "study digits: 50 trials, resumed after 20, 2 workers",
      "best accuracy 97.40 %: trial 14, 48.3k params, 1.21M MACs, 0.42 ms",
      "23/50 trials, 2 running, best 97.40 % (trial 14), 64 % feasible, 1 min 05 s, about 1 min 10 s left",
      "24/50 trials, 2 running, best 97.40 % (trial 14), 64 % feasible, 1 min 05 s, about 1 min 10 s left",
      "",
    ]);
  });
});

describe("terminal", () => {
  const tty: Output = { write: () => true, isTTY: true };
  const pipe: Output = { write: () => true };

  it("colours terminals only, unless told", () => {
    expect(wantsColor(tty, {})).toBe(true);
    expect(wantsColor(tty, { NO_COLOR: "1" })).toBe(false);
    expect(wantsColor(tty, { NO_COLOR: "", TERM: "xterm" })).toBe(true);
    expect(wantsColor(tty, { TERM: "dumb" })).toBe(false);
    expect(wantsColor(pipe, {})).toBe(false);
    expect(wantsColor(pipe, { FORCE_COLOR: "1" })).toBe(true);
    expect(wantsColor(pipe, { FORCE_COLOR: "1", NO_COLOR: "1" })).toBe(false);
  });

  it("redraws on terminals that are no build server", () => {
    expect(canRedraw(tty, {})).toBe(true);
    expect(canRedraw(tty, { CI: "true" })).toBe(false);
    expect(canRedraw(tty, { CI: "false" })).toBe(true);
    expect(canRedraw(pipe, {})).toBe(false);
  });

  it("takes its own colours off again", () => {
    const paint = painter(true);
    expect(plain(`${paint.bold("a")}${paint.red("b")}`)).toBe("ab");
    expect(paint.green("")).toBe("");
  });
});
