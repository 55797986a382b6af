import { expect, it } from "vitest";
import { buildProgram, Program } from "../testing/child-process.node.js";
import { spaceContract } from "../testing/space-contract.js";
import { spaceDigests } from "../testing/space-digest.js";
import { listSpaces, spaceOf } from "./index.js";

for (const space of listSpaces()) spaceContract(space);

it("every space makes the same of a seed in another process", async () => {
  const here = spaceDigests();
  expect(Object.keys(here)).toEqual(listSpaces().map(({ name }) => name));
  const program = await buildProgram("src/testing/space-digest.program.ts");
  const child = new Program(program.path, []);
  try {
    expect(await child.next()).toEqual(here);
  } finally {
    await child.end();
    program.remove();
  }
});

it("finds a space by its name or another of its names, and says which one was meant", () => {
  for (const space of listSpaces()) expect(spaceOf(space.name)).toBe(space);
  expect(spaceOf("ofa").name).toBe("mobilenetv3");
  expect(() => spaceOf("nb20l")).toThrow(/did you mean nb201/i);
});
