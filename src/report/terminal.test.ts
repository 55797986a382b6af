import { describe, expect, it } from "vitest";
import { charChart } from "./braille.js";
import { checkHtml } from "./html-check.test-helper.js";
import { sampleDocument } from "./sample-document.test-helper.js";
import { renderTerminal } from "./terminal.js";
import { terminalSvg } from "./terminal-picture.js";

const d = sampleDocument();

describe("renderTerminal", () => {
  it("says the result, each limit, the front and the files", () => {
    const text = renderTerminal(d);
    expect(text).not.toContain("\u001B");
    for (const part of [
      "test accuracy",
      "Peak activations",
      "≤ 50,000",
      "✓",
      `trial ${d.best?.number} ★`,
      "best.onnx",
      "report.html",
      "linear model",
    ]) {
      expect(text).toContain(part);
    }
  });

  it.each([60, 80, 120])("keeps to %i columns", (width) => {
    for (const unicode of [true, false]) {
      const long = { ...d, study: "s".repeat(300), data: { ...d.data, name: "n".repeat(300) } };
      for (const line of renderTerminal(long, { width, unicode }).split("\n")) {
        expect([...line].length).toBeLessThanOrEqual(width);
      }
    }
  });

  it("is plain ASCII when told so, and coloured when told so", () => {
    expect(renderTerminal(d, { unicode: false })).toMatch(/^[\n -~]*$/);
    expect(renderTerminal(d, { color: true })).toContain("\u001B[32m");
  });

  it("explains itself without a winner", () => {
    expect(renderTerminal(sampleDocument({ trials: 3, allFailed: true }))).toContain("loss_nan");
    expect(renderTerminal(sampleDocument({ trials: 0 }))).toContain("every one beyond a limit");
  });
});

describe("charChart", () => {
  it("rises from the lower left to the upper right", () => {
    const { rows } = charChart([0, 1, 2, 3], 4, 2, false);
    expect(rows).toEqual(["  **", "**  "].map((r) => expect.stringContaining(r.trim())));
    const braille = charChart([0, 1], 1, 1).rows[0] ?? "";
    expect(braille).toBe(String.fromCodePoint(0x2800 + 0x40 + 0x08 + 0x10 + 0x20 + 0x80));
  });

  it("survives no numbers and equal numbers", () => {
    expect(charChart([], 3, 1).rows).toEqual(["\u2800\u2800\u2800"]);
    expect(charChart([5, 5], 2, 1, false).rows).toEqual(["**"]);
  });
});

describe("terminalSvg", () => {
  it("keeps text, columns and colours", () => {
    const svg = terminalSvg("\u001B[1;32mok\u001B[0m  next\n\u001B[38;5;196mred\u001B[38;2;1;2;3mrgb", {
      title: "t<i>",
    });
    expect(checkHtml(svg).problems).toEqual([]);
    expect(svg).toContain('fill="#6cc48c" font-weight="700">ok</text>');
    expect(svg).toContain('fill="#ff0000">red</text>');
    expect(svg).toContain('fill="#010203">rgb</text>');
    // "next" begins in column 4.
    expect(svg).toContain(`x="${22 + 4 * 8.4}"`);
    expect(svg).toContain("t&lt;i&gt;");
  });

  it("drops other sequences, and escapes", () => {
    const svg = terminalSvg(["\u001B]0;title\u0007a<b>\u001B[2Kc"]);
    expect(checkHtml(svg).text).toContain("a<b>");
    expect(svg).not.toContain("\u001B");
    expect(svg).not.toContain("title");
  });

  it("draws what the summary prints", () => {
    const page = checkHtml(terminalSvg(renderTerminal(d, { color: true })));
    expect(page.problems).toEqual([]);
    expect(page.text).toContain("Pareto front");
  });
});
