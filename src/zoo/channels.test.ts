import fc from "fast-check";
import { expect, it } from "vitest";
import { roundChannels, roundHalfEven } from "./channels.js";

it("rounds channels as the published tables have them", () => {
  // EfficientNet-B0's stages at the widths of TinyNet-B, C and E (arXiv:2010.14819).
  const stages = [16, 24, 40, 80, 112, 192, 320];
  expect(stages.map((c) => roundChannels(0.75 * c))).toEqual([16, 24, 32, 64, 88, 144, 240]);
  expect(stages.map((c) => roundChannels(0.54 * c))).toEqual([8, 16, 24, 40, 64, 104, 176]);
  expect(stages.map((c) => roundChannels(0.51 * c))).toEqual([8, 16, 24, 40, 56, 96, 160]);
});

it("gives a multiple of the step that is near, and not much less", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1, max: 4000, noNaN: true }),
      fc.constantFrom(4, 8, 16),
      (channels, step) => {
        const rounded = roundChannels(channels, step);
        expect(rounded % step).toBe(0);
        expect(rounded).toBeGreaterThanOrEqual(Math.min(0.9 * channels, channels));
        expect(Math.abs(rounded - channels)).toBeLessThanOrEqual(step);
      },
    ),
  );
});

it("rounds halves to the even number", () => {
  expect([0.5, 1.5, 2.5, 2.4, 2.6, 3.5].map(roundHalfEven)).toEqual([0, 2, 2, 2, 3, 4]);
});
