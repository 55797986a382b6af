import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layoutLayers } from "./layout.js";

const base = { width: 300, gap: 10, lane: 15 };

describe("layoutLayers", () => {
  it("puts a chain into rows of one box", () => {
    const l = layoutLayers({
      ...base,
      widths: [100, 100, 100],
      links: [
        { from: -1, to: 0 },
        { from: 0, to: 1 },
        { from: 1, to: 2 },
        { from: 2, to: 3 },
      ],
    });
    expect(l.row).toEqual([0, 1, 2]);
    expect(l.laneCount).toBe(0);
    expect(l.width).toEqual([300, 300, 300]);
  });

  it("puts branches side by side and skips into lanes, nested ones outside", () => {
    const l = layoutLayers({
      ...base,
      widths: [200, 200, 100, 100],
      links: [
        { from: -1, to: 0 },
        { from: -1, to: 1 },
        { from: 0, to: 2 },
        { from: 1, to: 2 },
        { from: -1, to: 2 },
        { from: -1, to: 3 },
        { from: 2, to: 3 },
      ],
    });
    expect(l.rows).toEqual([[0, 1], [2], [3]]);
    expect(l.lanes.slice(4, 6)).toEqual([0, 1]);
    expect(l.x[0]).toBe(30);
    expect(l.total).toBe(30 + 410);
  });

  it("never lets boxes overlap, nor an arrow point up", () => {
    const graph = fc.integer({ min: 1, max: 25 }).chain((n) =>
      fc.record({
        widths: fc.array(fc.integer({ min: 20, max: 300 }), { minLength: n, maxLength: n }),
        links: fc.array(
          fc.tuple(fc.integer({ min: -1, max: n - 1 }), fc.integer({ min: 0, max: n })).map(([a, b]) => ({
            from: Math.min(a, b - 1),
            to: b,
          })),
          { maxLength: 60 },
        ),
      }),
    );
    fc.assert(
      fc.property(graph, ({ widths, links }) => {
        const l = layoutLayers({ ...base, widths, links });
        expect(l.rows.flat().sort((a, b) => a - b)).toEqual(widths.map((_, i) => i));
        for (const { from, to } of links) {
          if (from >= 0 && to < widths.length) expect(l.row[from]).toBeLessThan(l.row[to] ?? 0);
        }
        for (const boxes of l.rows) {
          let free = l.laneCount * base.lane;
          for (const i of boxes) {
            expect(l.x[i]).toBeGreaterThanOrEqual(free - 1e-6);
            expect(l.width[i]).toBeGreaterThanOrEqual((widths[i] ?? 0) - 1e-6);
            free = (l.x[i] ?? 0) + (l.width[i] ?? 0);
          }
          expect(free).toBeLessThanOrEqual(l.total + 1e-6);
        }
      }),
    );
  });
});
