import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { isIssue, rngOf } from "../base/index.js";
import { countCosts } from "../cost/index.js";
import { bakeWeights, countParams } from "../nn/index.js";
import { sample, size } from "../schema/index.js";
import { buildModel } from "../train/index.js";
import { problemOfShape } from "../zoo/index.js";
import {
  bodyOf,
  buildGenotype,
  channelResnet,
  channelResnetFromString,
  channelResnetToString,
  mobileNetV3,
  proxyless,
  proxylessSpace,
  spaceOf,
} from "./index.js";

const imagenet = problemOfShape([3, 224, 224], 1000);
const cifar = problemOfShape([3, 32, 32], 10);

describe("mobilenetv3", () => {
  it("holds (9² + 9³ + 9⁴)⁵ networks, and is also called ofa", () => {
    expect(size(mobileNetV3.schema)).toMatchObject({ count: 7_371n ** 5n, exact: true });
    expect(spaceOf("ofa")).toBe(spaceOf("mobilenetv3"));
  });

  it("keeps the published planes at 224 pixels and a plane of four at 28", () => {
    const genotype = sample(mobileNetV3.schema, rngOf(1));
    const sides = (input: number[]) => {
      const { network } = buildGenotype(mobileNetV3, problemOfShape(input, 10), genotype);
      return network.graph.nodes
        .filter((node) => node.opType === "Conv")
        .map((node) => node.outputs[0]?.shape[2]);
    };
    expect(sides([3, 224, 224])[0]).toBe(112);
    expect(sides([3, 224, 224]).at(-1)).toBe(7);
    expect(sides([1, 28, 28])[0]).toBe(28);
    expect(sides([1, 28, 28]).at(-1)).toBe(4);
  });

  it("has the parameters that a hand count gives", () => {
    // Blocks of kernel 3 and expansion 3, two a unit; SE only where the unit has it.
    const unit = { blocks: [3, 3].map(() => ({ kernel: 3 as const, expansion: 3 as const })) };
    const genotype = { unit1: unit, unit2: unit, unit3: unit, unit4: unit, unit5: unit };
    const mb = (input: number, out: number, se: number) => {
      const inner = 3 * input;
      const gate = se === 0 ? 0 : inner * se + se + se * inner + inner;
      return input * inner + 2 * inner + 9 * inner + 2 * inner + gate + inner * out + 2 * out;
    };
    const stem = 27 * 16 + 32 + (9 * 16 + 32) + (16 * 16 + 32);
    const units =
      mb(16, 24, 0) +
      mb(24, 24, 0) +
      mb(24, 40, 24) +
      mb(40, 40, 32) +
      mb(40, 80, 0) +
      mb(80, 80, 0) +
      mb(80, 112, 64) +
      mb(112, 112, 88) +
      mb(112, 160, 88) +
      mb(160, 160, 120);
    const head = 160 * 960 + 2 * 960 + 960 * 1280 + 1280 * 1000 + 1000;
    expect(countParams(buildGenotype(mobileNetV3, imagenet, genotype).network)).toBe(stem + units + head);
  });
});

describe("proxyless", () => {
  it("holds 6⁶ · 7¹⁵ networks", () => {
    expect(size(proxyless.schema)).toMatchObject({ count: 6n ** 6n * 7n ** 15n, exact: true });
  });

  it("the network found for a phone has the published parameters", () => {
    // The released model has 32 channels in its first stage, where the search had 24.
    const released = proxylessSpace({ channels: [32, 40, 80, 96, 192, 320] });
    const mobile = released.seeds?.mobile;
    if (mobile === undefined) throw new Error("no seed");
    const network = buildModel("mobile", imagenet, bodyOf(released, mobile), { training: false, batch: 1 });
    expect(countParams(network)).toBe(4_080_512);
  });
});

describe("channel-resnet", () => {
  const genotypeOf = (text: string) => {
    const genotype = channelResnetFromString(text);
    if (isIssue(genotype)) throw new Error(genotype.code);
    return genotype;
  };
  const costsOf = (text: string) => {
    const { network } = buildGenotype(channelResnet, cifar, genotypeOf(text));
    const params = countParams(network);
    const states = network.states.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
    const zeros = { params: new Float32Array(params), states: new Float32Array(states) };
    return { params, macs: countCosts(bakeWeights(network, zeros)).macs };
  };

  it("holds 4⁷ networks, written as seven digits", () => {
    expect(size(channelResnet.schema)).toMatchObject({ count: 16_384n, exact: true });
    expect(channelResnetToString(genotypeOf("3241211"))).toBe("3241211");
    for (const text of ["", "111111", "11111115", "0111111", "abcdefg"]) {
      expect(isIssue(channelResnetFromString(text))).toBe(true);
    }
  });

  it("costs what the benchmark's table says", () => {
    expect(costsOf("1111111")).toEqual({ params: 963_658, macs: 90_096_896 });
    expect(costsOf("3241211")).toEqual({ params: 3_034_826, macs: 449_595_904 });
  });

  const table = new URL("../../../shared/data/nasbench/channel-resnet.csv.gz", import.meta.url);
  it.skipIf(!existsSync(table))("agrees with 30 rows of the table (skipped without ../shared/data)", () => {
    const rows = gunzipSync(readFileSync(table)).toString("utf8").trim().split("\n").slice(1);
    expect(rows.length).toBe(16_384);
    for (const row of rngOf(1).sample(rows, 30)) {
      const [text = "", , , , , params, macs] = row.split(",");
      expect({ text, ...costsOf(text) }).toEqual({ text, params: Number(params), macs: Number(macs) });
    }
  });
});
