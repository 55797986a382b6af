import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isIssue, rngOf } from "../base/index.js";
import { decisions, sample, validate } from "../schema/index.js";
import { listSpaces } from "../spaces/index.js";
import { runMorph } from "../testing/run-morph.node.js";

describe("morph space", () => {
  it("lists all spaces", async () => {
    const { code, stdout } = await runMorph(["space", "--json"]);
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    expect(document.spaces.map(({ name }: { name: string }) => name)).toEqual(
      listSpaces().map(({ name }) => name),
    );
  });

  it.each(listSpaces().map((space) => [space.name, space] as const))(
    "draws valid networks of %s",
    async (name, space) => {
      const run = await runMorph(["space", name, "--sample", "4", "--seed", "3", "--json"]);
      expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: "" });
      const document = JSON.parse(run.stdout);
      expect(document).toMatchObject({ schema: "morph.space/1", name, version: space.version });
      expect(document.decisions).toEqual(JSON.parse(JSON.stringify(decisions(space.schema))));
      expect(document.decisions.length).toBeGreaterThan(0);
      expect(document.validFraction).toBeGreaterThan(0.5);
      expect(document.samples).toHaveLength(4);
      for (const genotype of document.samples) expect(isIssue(validate(space.schema, genotype))).toBe(false);
      // Same seed, same draw: that of the command's process is that of this one.
      const here = Array.from({ length: 4 }, (_, i) => sample(space.schema, rngOf(3, "sample", i)));
      expect(document.samples).toEqual(here);
    },
  );

  it("says it in words as well", async () => {
    const { stdout } = await runMorph(["space", "nb201", "--sample", "1"]);
    expect(stdout).toMatch(/^networks\s+15,625$/m);
    expect(stdout).toMatch(/^different\s+\d+ of 2000 draws; a uniform law gives 1877$/m);
    expect(stdout).toContain("edge01");
  });

  it("reports how uniform the sampler is", async () => {
    const { uniformity } = JSON.parse((await runMorph(["space", "nb201", "--json"])).stdout);
    // 15,625 · (1 − (1 − 1/15,625)^2000); four standard deviations of a collision count.
    expect(uniformity.expectedIfUniform).toBeCloseTo(1877.4, 0);
    expect(Math.abs(uniformity.different - uniformity.expectedIfUniform)).toBeLessThan(44);
  });

  it("draws networks as SVG, and says where it cannot", async () => {
    const folder = mkdtempSync(join(tmpdir(), "morph-space-"));
    try {
      const file = join(folder, "out.svg");
      const { code, stderr } = await runMorph(["space", "nb201", "--sample", "2", "--draw", file, "--json"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: `drawn: ${file}\n` });
      const svg = readFileSync(file, "utf8");
      expect(svg.match(/<svg /g)).toHaveLength(3);
      expect(svg).toContain("stage3");
      const bad = await runMorph(["space", "nb201", "--draw", join(folder, "none", "out.svg")]);
      expect(bad.code).not.toBe(0);
      expect(bad.stderr).toContain("file_unwritable");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("knows the nearest name", async () => {
    const { code, stderr } = await runMorph(["space", "mobil-cnn"]);
    expect(code).toBe(2);
    expect(stderr).toContain("Did you mean mobile-cnn?");
  });
});
