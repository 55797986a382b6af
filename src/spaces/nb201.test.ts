import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { isIssue } from "../base/index.js";
import { countCosts } from "../cost/index.js";
import { bakeWeights, countParams, initialWeights } from "../nn/index.js";
import { enumerate, size } from "../schema/index.js";
import { problemOfShape } from "../zoo/index.js";
import {
  buildGenotype,
  type NB201_OPERATORS,
  type Nb201Genotype,
  nb201,
  nb201Canonical,
  nb201FromString,
  nb201ToString,
} from "./index.js";

const cells = [...enumerate(nb201.schema)];
const cifar = problemOfShape([3, 32, 32], 10);

describe("nb201", () => {
  it("holds 15,625 cells in 6,466 classes", () => {
    expect(size(nb201.schema)).toMatchObject({ count: 15_625n, exact: true });
    expect(cells.length).toBe(15_625);
    expect(new Set(cells.map(nb201Canonical)).size).toBe(6_466);
  });

  it("writes and reads the benchmark's texts", () => {
    expect(nb201ToString(nb201.seeds?.best as Nb201Genotype)).toBe(
      "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|",
    );
    const texts = new Set<string>();
    for (const cell of cells) {
      const text = nb201ToString(cell);
      texts.add(text);
      expect(nb201FromString(text)).toEqual(cell);
    }
    expect(texts.size).toBe(15_625);
  });

  it.each([
    ["", /expected three nodes/],
    ["|none~0|+|none~0|none~1|", /expected three nodes/],
    ["|none~0|+|none~0|+|none~0|none~1|none~2|", /at node 2: expected 2 edges, received 1/],
    ["|nor_conv_5x5~0|+|none~0|none~1|+|none~0|none~1|none~2|", /expected one of none, skip_connect/],
    ["|none~0|+|none~0|none~0|+|none~0|none~1|none~2|", /expected each node before 2 once/],
    ["|none~1|+|none~0|none~1|+|none~0|none~1|none~2|", /expected each node before 1 once/],
  ])("refuses %j", (text, message) => {
    const result = nb201FromString(text);
    expect(isIssue(result)).toBe(true);
    if (isIssue(result))
      expect(`at ${result.path}: expected ${result.expected}, received ${result.received}`).toMatch(message);
  });

  it("costs what the benchmark says", () => {
    const uniform = (operator: (typeof NB201_OPERATORS)[number]) =>
      Object.fromEntries(Object.keys(cells[0] ?? {}).map((key) => [key, operator])) as Nb201Genotype;
    // Parameters and products (MFLOPs in the benchmark's table, which counts products of Conv and Gemm).
    for (const [operator, params, millions] of [
      ["skip_connect", 73_306, 7.782],
      ["nor_conv_1x1", 241_306, undefined],
      ["nor_conv_3x3", 1_531_546, 220.119],
    ] as const) {
      const { network } = buildGenotype(nb201, cifar, uniform(operator));
      expect(countParams(network)).toBe(params);
      if (millions === undefined) continue;
      const { macs } = countCosts(bakeWeights(network, initialWeights(network, 1)));
      expect(macs / 1e6).toBeCloseTo(millions, 0);
    }
  });

  const table = new URL("../../../shared/data/nasbench/nasbench201.csv.gz", import.meta.url);
  it.skipIf(!existsSync(table))(
    "names every cell of the benchmark's table (skipped without ../shared/data)",
    () => {
      const rows = gunzipSync(readFileSync(table)).toString("utf8").trim().split("\n").slice(1);
      const named = new Set(rows.map((row) => row.split(",")[0]));
      expect(named.size).toBe(15_625);
      for (const cell of cells) expect(named.has(nb201ToString(cell))).toBe(true);
    },
  );
});
