import { describe, expect, it } from "vitest";
import { isIssue } from "../base/index.js";
import { validate } from "../schema/index.js";
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
      expect(document.decisions.length).toBeGreaterThan(3);
      expect(document.validFraction).toBeGreaterThan(0.5);
      expect(document.samples).toHaveLength(4);
      for (const genotype of document.samples) expect(isIssue(validate(space.schema, genotype))).toBe(false);
      // Same seed, same draw, in another process.
      expect((await runMorph(["space", name, "--sample", "4", "--seed", "3", "--json"])).stdout).toBe(
        run.stdout,
      );
      const text = await runMorph(["space", name]);
      expect(text.stdout).toMatch(/^networks\s+\S+/m);
    },
  );

  it("knows the nearest name", async () => {
    const { code, stderr } = await runMorph(["space", "mobil-cnn"]);
    expect(code).toBe(2);
    expect(stderr).toContain("Did you mean mobile-cnn?");
  });
});
