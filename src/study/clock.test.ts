import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { TimeBudget } from "./clock.js";

describe("TimeBudget", () => {
  it("without a limit leaves everything as it was wanted", () => {
    const time = new TimeBudget(null);
    expect(time.leftMs).toBe(Number.POSITIVE_INFINITY);
    expect(time.searchLeftMs).toBe(Number.POSITIVE_INFINITY);
    expect(time.finalEpochs(60, 1e9)).toBe(60);
  });

  it("keeps time for the winner, and gives it the epochs that fit, at least one", () => {
    const time = new TimeBudget(100_000);
    expect(time.searchLeftMs).toBeLessThanOrEqual(55_000);
    expect(time.leftMs).toBeLessThanOrEqual(100_000);
    expect(time.leftMs).toBeGreaterThan(99_000);
    expect(time.finalEpochs(60, 1000)).toBe(60);
    expect(time.finalEpochs(60, 10_000)).toBe(8);
    expect(time.finalEpochs(60, 1e9)).toBe(1);
    expect(new TimeBudget(1).finalEpochs(60, 100)).toBe(1);
  });

  it("says when the search has had its share, and not earlier", async () => {
    const time = new TimeBudget(400);
    const at = await new Promise<number>((resolve) => time.atSearchEnd(() => resolve(time.elapsedMs)));
    expect(at).toBeGreaterThanOrEqual(219);
    expect(at).toBeLessThan(2000);
  });

  it("waits for a first result, as long as there is time for training", async () => {
    const time = new TimeBudget(600);
    const began = time.elapsedMs;
    let found = false;
    setTimeout(() => {
      found = true;
    }, 450);
    const at = await new Promise<number>((resolve) =>
      time.atSearchEnd(
        () => resolve(time.elapsedMs),
        () => found,
      ),
    );
    expect(at - began).toBeGreaterThanOrEqual(445);
    const never = new TimeBudget(300);
    const given = await new Promise<number>((resolve) =>
      never.atSearchEnd(
        () => resolve(never.trainingMs),
        () => false,
      ),
    );
    expect(given).toBeLessThanOrEqual(0);
  });

  it("says nothing where it was told not to, where there is no limit, and long before a far one", async () => {
    let calls = 0;
    const count = () => {
      calls++;
    };
    new TimeBudget(50).atSearchEnd(count)();
    new TimeBudget(null).atSearchEnd(count);
    // Longer than a timer of Node can wait: it would go off at once.
    const disarm = new TimeBudget(1e12).atSearchEnd(count);
    await sleep(100);
    disarm();
    expect(calls).toBe(0);
  });
});
