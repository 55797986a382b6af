import { describe, expect, it } from "vitest";
import { listPapers } from "../papers/index.js";
import { spaceOf } from "../spaces/index.js";
import { strategyOf } from "../strategies/index.js";
import { zooOf } from "../zoo/index.js";
import { COMMANDS } from "./commands.js";
import { paperNumber } from "./papers.js";
import { parseCommand } from "./parse.js";

const commands = listPapers().flatMap(({ card }) =>
  card.here.run === undefined ? [] : [[card.id, card.here.run] as const],
);

describe("commands on cards", () => {
  it.each(commands)("card %i: the command line takes it (%s)", async (_, line) => {
    const [program, name, ...words] = line.split(" ");
    expect(program).toBe("morph");
    const spec = await COMMANDS.find((it) => it.name === name)?.load();
    if (spec === undefined) throw new Error(`no command ${name}`);
    const { args, options } = parseCommand(spec, words);
    if (typeof options.space === "string") expect(spaceOf(options.space)).toBeDefined();
    if (typeof options.strategy === "string") expect(strategyOf(options.strategy)).toBeDefined();
    if (name === "space") expect(spaceOf(args[0] ?? "")).toBeDefined();
    if (name === "train") expect(zooOf(args[0] ?? "")).toBeDefined();
  });
});

describe("paperNumber", () => {
  it("takes numbers only", () => {
    expect(paperNumber("077")).toBe(77);
    for (const text of ["", "x", "7.5", "-1", "99999999999"])
      expect(() => paperNumber(text)).toThrow(/paper_number/);
  });
});
