import { describe, expect, it } from "vitest";
import { canonicalJson, isIssue, rngOf } from "../../base/index.js";
import { s, sample, validate } from "../../schema/index.js";
import { spaceOf } from "../../spaces/index.js";
import { simulateSearch } from "../../testing/simulated-search.js";
import { Parameters } from "../learning/parameters.js";
import { byChance, EditPolicy, type EditWalk } from "./edit-policy.js";
import { apply, type Edit, editBetween, edited, type Network, networkOf, SCALES } from "./edits.js";
import { rena } from "./index.js";
import { layersOf } from "./reader.js";

const layer = s.oneOf({
  conv: s.object({ kernel: s.oneOf([1, 3]), width: s.int({ min: 4, max: 64, step: 4, log: true }) }),
  pool: s.object({}),
});
const stack = s.object({
  stem: s.int({ min: 1, max: 9 }),
  layers: s
    .repeat(layer, { min: 1, max: 4 })
    .refine((all) => all.filter(({ op }) => op === "pool").length <= 1, "at most one pool"),
});
const net = (genotype: unknown): Network => networkOf(stack, genotype);
const conv = (width: number, kernel: 1 | 3 = 3) => ({ op: "conv", kernel, width });
const two = net({ stem: 2, layers: [conv(16), conv(32)] });
const none = { choose: (_: string, weights: readonly number[]) => weights.length - 1, place: () => 0.5 };

describe("edits", () => {
  it("insert, remove and scale, and nothing else changes", () => {
    const rng = rngOf(0);
    expect(apply(stack, two, { kind: "remove", list: "layers", at: 0 }, none, rng)).toEqual({
      stem: 2,
      layers: [conv(32)],
    });
    const inserted = apply(stack, two, { kind: "insert", list: "layers", at: 1 }, none, rng);
    expect(inserted).toEqual({ stem: 2, layers: [conv(16), { op: "pool" }, conv(32)] });
    const key = "layers/0:conv/width";
    const widths = SCALES.map((_, by) => {
      const made = apply(stack, two, { kind: "scale", key, by }, none, rng) as {
        layers: { width: number }[];
      };
      return made.layers[0]?.width;
    });
    // From 4 to 64 a third of the logarithmic range is a factor of 2.52.
    expect(widths).toEqual([8, 12, 24, 40]);
  });

  it("have no place where the space ends, or a rule forbids them", () => {
    const one = net({ stem: 9, layers: [{ op: "pool" }] });
    const full = net({ stem: 1, layers: [conv(4), conv(4), conv(4), conv(4)] });
    expect(edited(one, { kind: "remove", list: "layers", at: 0 })).toBeUndefined();
    expect(edited(full, { kind: "insert", list: "layers", at: 0 })).toBeUndefined();
    expect(edited(two, { kind: "insert", list: "layers", at: 3 })).toBeUndefined();
    expect(edited(one, { kind: "scale", key: "stem", by: 3 })).toBeUndefined();
    expect(edited(two, { kind: "scale", key: "layers/0", by: 0 })).toBeUndefined();
    // A second pool is refused by the refinement: masked, not repaired.
    expect(apply(stack, one, { kind: "insert", list: "layers", at: 0 }, none, rngOf(1))).toBeUndefined();
  });

  it("are found again between two networks", () => {
    for (let i = 0; i < 300; i++) {
      const rng = rngOf(2, i);
      const from = net(sample(stack, rng));
      const list = "layers";
      const at = rng.int(5);
      const edit: Edit = rng.pick<Edit>([
        { kind: "insert", list, at },
        { kind: "remove", list, at },
        { kind: "scale", key: rng.pick([...from.decisions.keys()]), by: rng.int(4) },
      ]);
      const policy = {
        choose: (_: string, w: readonly number[]) => rng.weighted(w),
        place: () => rng.float(),
      };
      const genotype = apply(stack, from, edit, policy, rng);
      if (genotype === undefined) continue;
      const to = net(genotype);
      expect(isIssue(validate(stack, genotype))).toBe(false);
      const found = editBetween(from, to);
      expect(found?.kind).toBe(edit.kind);
      if (found?.kind !== "scale") {
        // Where equal layers stand side by side it may be another of them, with the same outcome.
        const [longer, shorter] = edit.kind === "insert" ? [to, from] : [from, to];
        const again = edited(longer, { kind: "remove", list, at: found?.at ?? -1 });
        expect([...(again ?? new Map()).values()]).toEqual([...shorter.decisions.values()]);
      }
    }
    expect(editBetween(two, net({ stem: 5, layers: [conv(4)] }))).toBeUndefined();
    expect(editBetween(two, two)).toBeUndefined();
  });

  it("see the layers of nested lists, and what is in none", () => {
    const nested = s.object({
      stages: s.repeat(s.object({ blocks: s.repeat(layer, { min: 0, max: 2 }) }), { min: 0, max: 2 }),
    });
    const made = networkOf(nested, { stages: [{ blocks: [] }, { blocks: [{ op: "pool" }, conv(8)] }] });
    expect(layersOf(made).map(({ list, at }) => [list, at])).toEqual([
      [undefined, 0],
      ["stages", 0],
      ["stages", 1],
      ["stages/1/blocks", 0],
      ["stages/1/blocks", 1],
    ]);
    const [, , , pool] = layersOf(made);
    expect(pool?.words).toEqual(["stages/*/blocks*#2=1"]);
  });
});

/** All that can be decided at one network, with its chance, and a walk that took it. */
function everything(policy: EditPolicy, network: Network): { chance: number; walk: EditWalk; edit: Edit }[] {
  const found: { chance: number; walk: EditWalk; edit: Edit }[] = [];
  // Depth first through the choosers: a prefix of choices, then the first alternative that exists.
  const pending: number[][] = [[]];
  for (let prefix = pending.pop(); prefix !== undefined; prefix = pending.pop()) {
    const walk = policy.walk(network);
    const given = prefix;
    let turn = 0;
    let chance = 1;
    const chooser = (chances: Float64Array) => {
      const open = [...chances.keys()].filter((i) => (chances[i] ?? 0) > 0);
      const taken = given[turn] ?? open[0] ?? 0;
      if (turn >= given.length) for (const other of open.slice(1)) pending.push([...path, other]);
      path.push(taken);
      turn++;
      chance *= chances[taken] ?? 0;
      return taken;
    };
    const path: number[] = [];
    const edit = walk.edit(chooser);
    if (edit === undefined) throw new Error("no edit");
    if (edit.kind === "insert") {
      const writer = walk.writer(edit.list);
      if (writer.choose("", [1, 1], chooser) === 0) writer.choose(":conv/kernel", [1, 1], chooser);
    }
    found.push({ chance, walk, edit });
  }
  return found;
}

describe("the policy of edits", () => {
  const wide = () => {
    const parameters = new Parameters(3);
    const policy = new EditPolicy(parameters);
    everything(policy, two);
    for (const { value } of parameters.all()) for (const i of value.keys()) value[i] = 4 * (value[i] ?? 0);
    return { policy, parameters };
  };

  it("has chances that sum to one over all edits", () => {
    const all = everything(wide().policy, two);
    expect(all.reduce((sum, { chance }) => sum + chance, 0)).toBeCloseTo(1, 12);
    expect(new Set(all.map(({ edit }) => edit.kind))).toEqual(new Set(["insert", "remove", "scale"]));
  });

  it("gathers, over all edits, the exact gradient of the expected reward, and of the value's error", () => {
    const { policy, parameters } = wide();
    const reward = (i: number) => Math.cos(2 * i);
    const expected = () =>
      everything(policy, two).reduce((sum, { chance }, i) => sum + chance * reward(i), 0);
    const objective = () => -expected() + 0.5 * (policy.walk(two).value - 3) ** 2;
    const all = everything(policy, two);
    for (const [i, { chance, walk }] of all.entries()) walk.gather(chance * (reward(i) - 5), 0, 0);
    const still = policy.walk(two);
    still.gather(0, 0, still.value - 3);
    for (const { value, gradient } of parameters.all()) {
      const at = value.length >> 1;
      const kept = value[at] ?? 0;
      value[at] = kept + 1e-5;
      const above = objective();
      value[at] = kept - 1e-5;
      const below = objective();
      value[at] = kept;
      expect(gradient[at]).toBeCloseTo((above - below) / 2e-5, 6);
    }
  });

  it("never takes an edit that has no place", () => {
    const policy = new EditPolicy(new Parameters(1));
    const full = net({ stem: 9, layers: [conv(4), conv(4), conv(64), { op: "pool" }] });
    for (let i = 0; i < 200; i++) {
      const edit = policy.walk(full).edit(byChance(rngOf(5, i)));
      expect(edit?.kind).not.toBe("insert");
      expect(edited(full, edit as Edit)).toBeDefined();
    }
    expect(policy.walk(full).retake({ kind: "insert", list: "layers", at: 0 })).toBe(false);
  });
});

describe("rena", () => {
  /** How near to a hidden list of layers; equal layers at equal places count. */
  const hidden = [conv(32), conv(64), conv(64)];
  const objective = (genotype: unknown) => {
    const { layers } = genotype as s.infer<typeof stack>;
    const right = hidden.reduce((sum, it, i) => {
      const own = layers[i];
      if (own?.op !== "conv") return sum;
      return sum + 1 - Math.abs(Math.log2(own.width / it.width)) / 4 + (own.kernel === it.kernel ? 1 : 0);
    }, 0);
    return right - Math.abs(layers.length - 3);
  };

  it("edits one step at a time, from the last network or where an episode begins", async () => {
    const options = { edits: 3, onward: 0 };
    const { proposals } = await simulateSearch(rena, stack, { trials: 40, seed: 1, options, objective });
    expect(proposals[0]?.origin).toBe("random");
    for (const [i, { genotype, origin, parent }] of proposals.entries()) {
      if (i === 0 || parent === undefined) continue;
      // The seed is trial 0; each episode has three edits.
      expect(parent).toBe(i % 3 === 1 ? 0 : i - 1);
      const edit = editBetween(net(proposals[parent]?.genotype), net(genotype));
      expect(edit?.kind).toBe(origin);
    }
  });

  it("scores more than edits of an untrained policy", async () => {
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const run = async (rate: number, seed: number) => {
      const options = { rate, onward: 0, edits: 4, entropy: 0.01 };
      const { told } = await simulateSearch(rena, stack, { trials: 240, seed, options, objective });
      return mean(told.slice(-100).map((it) => it.score));
    };
    let wins = 0;
    for (let seed = 0; seed < 2; seed++) if ((await run(5e-3, seed)) > (await run(1e-9, seed)) + 0.2) wins++;
    expect(wins).toBe(2);
  });

  it("says which spaces it edits", () => {
    expect(rena.accepts(spaceOf("rena").schema)).toBeUndefined();
    expect(rena.accepts(spaceOf("nb201").schema)).toBe(
      "a space with lists, into which layers can be inserted",
    );
  });

  it("proposes something else where the same is refused", async () => {
    await using searcher = rena.searcher({}, { seed: 3 });
    searcher.tell({ trial: 0, genotype: two.genotype, score: 1, rung: 0 });
    const seen = new Set<string>();
    for (let attempt = 0; attempt < 100; attempt++)
      seen.add(canonicalJson((await searcher.ask(stack, rngOf(8, attempt), 1, attempt)).genotype));
    expect(seen.size).toBeGreaterThan(15);
  });

  it.each([
    [{ edits: 0 }, "Edits"],
    [{ onward: 2 }, "Onward"],
    [{ rate: 0 }, "Rate"],
    [{ batch: 0 }, "Batch"],
    [{ entropy: -1 }, "Entropy"],
  ])("refuses %j", (options, name) => {
    expect(() => rena.searcher(options)).toThrow(name);
  });
});
