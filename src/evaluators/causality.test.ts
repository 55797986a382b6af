import { describe, expect, it } from "vitest";
import { rngOf } from "../base/index.js";
import { buildNetwork, linear } from "../nn/index.js";
import { ortNode } from "../runtime/index.js";
import { s, sample } from "../schema/index.js";
import { defineSpace, nb201, recurrent } from "../spaces/index.js";
import { problemOfShape } from "../zoo/index.js";
import { probeCausality, probeNetwork } from "./index.js";

const SERIES = problemOfShape([12, 3], 4);

describe("the causality probe", () => {
  it("finds that recurrent cells and masked attention look back alone, on arrays and on rows of images", async () => {
    for (let i = 0; i < 8; i++) {
      const genotype = { ...sample(recurrent.schema, rngOf(3, i)), layers: 1 as const, hidden: 16 as const };
      expect(await probeCausality(ortNode, recurrent, SERIES, genotype, i)).toEqual({ causality: "kept" });
    }
    const genotype = { ...sample(recurrent.schema, rngOf(3, 0)), layers: 1 as const, hidden: 16 as const };
    const image = problemOfShape([3, 8, 8], 4);
    expect(await probeCausality(ortNode, recurrent, image, genotype, 0)).toEqual({ causality: "kept" });
  });

  it("catches a planted look ahead, of one step and of the mean over all, with the step", async () => {
    const filters = defineSpace({
      ...{ name: "filters", version: 1, description: "filters over steps", recipe: recurrent.recipe },
      schema: s.object({ filter: s.oneOf(["causal", "centred", "mean"]) }),
      accepts: () => undefined,
      steps: (g, features, { filter }) => {
        if (features.kind !== "plain") throw new Error("arrays");
        const h = linear(g, features.x, 8);
        if (filter === "mean") return g.Add(h, g.ReduceMean(h, g.i64([1]), { keepdims: 1 }));
        const [before, after] = filter === "causal" ? [2, 0] : [1, 1];
        const padded = g.Pad(h, g.i64([0, before, 0, 0, after, 0]));
        const at = (i: number) => g.Slice(padded, g.i64([i]), g.i64([i + 12]), g.i64([1]));
        return g.Add(g.Add(at(0), at(1)), at(2));
      },
      build: (g, features) => {
        if (features.kind !== "plain") throw new Error("arrays");
        return linear(g, g.ReduceMean(features.x, g.i64([1]), { keepdims: 0 }), 4);
      },
    });
    const probe = (filter: string) => probeCausality(ortNode, filters, SERIES, { filter }, 0);
    expect(await probe("causal")).toEqual({ causality: "kept" });
    expect(await probe("centred")).toMatchObject({
      causality: "broken",
      issue: { code: "causality_broken", path: "step 0" },
    });
    expect(await probe("mean")).toMatchObject({ causality: "broken" });
  });

  it("is not applicable to spaces without an order of time", async () => {
    const image = problemOfShape([3, 32, 32], 10);
    const genotype = sample(nb201.schema, rngOf(0, "x"));
    expect(await probeCausality(ortNode, nb201, image, genotype, 0)).toEqual({ causality: "not applicable" });
  });

  it("also takes networks of one's own", async () => {
    const network = buildNetwork(
      "reversed",
      [{ name: "x", dtype: "float32", shape: [6, 2] }],
      (g, [x]) => {
        if (x === undefined) throw new Error("an input");
        return { y: g.Slice(x, g.i64([-1]), g.i64([-7]), g.i64([1]), g.i64([-1])) };
      },
      { training: false, batch: 1 },
    );
    expect((await probeNetwork(ortNode, network, [1, 6, 2], 6, 0)).causality).toBe("broken");
  });
});
