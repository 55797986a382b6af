import { expect, it } from "vitest";
import { sizeOf } from "../ir/index.js";
import { buildModel } from "../train/index.js";
import { FBNET_V3, type FbnetVariant } from "./fbnet-v3-blocks.js";
import { architectureBody, fbnetV3, problemOfShape, recount } from "./index.js";

it.each(Object.entries(FBNET_V3))(
  "variant %s has exactly the weights and multiply-adds of the authors' model zoo",
  (name, { published }) => {
    const variant = name as FbnetVariant;
    const fact = fbnetV3.facts.find((it) => it.settings?.variant === variant);
    if (fact === undefined) throw new Error(`no fact of ${name}`);
    const network = buildModel(
      "fbnet-v3",
      problemOfShape(fact.input, fact.outputs),
      architectureBody(fbnetV3, fact.settings),
      { training: true, batch: 1 },
    );
    // The zoo counts weights of convolutions and of the classifier: no biases, no normalisation.
    const weights = network.params.filter(({ shape }) => shape.length > 1);
    expect(weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0)).toBe(published.weights);
    // It counts an addition for each input of an average over the plane, of squeeze-excite and of the head alike. Its
    // head averages the last plane, of one pixel and 1984 channels, once more.
    let averaged = 1984;
    for (const { opType, inputs } of network.graph.nodes) {
      const x = inputs[0];
      const overPlane =
        opType === "ReduceMean" && x?.rank === 4 && [...(inputs[1]?.data?.data ?? [])].join() === "2,3";
      if (overPlane) averaged += sizeOf(x.dims);
    }
    expect(recount(fbnetV3, fact).macs + averaged).toBe(published.macs);
  },
);
