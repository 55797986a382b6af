import { expect, it } from "vitest";
import { MorphError } from "../base/index.js";
import { zooContract } from "../testing/zoo-contract.js";
import { architectureBody, listArchitectures, zooOf } from "./index.js";

for (const architecture of listArchitectures()) zooContract(architecture);

it("finds an architecture by its name, and says which one was meant", () => {
  expect(zooOf("resnet20").name).toBe("resnet20");
  expect(() => zooOf("restnet20")).toThrow(/did you mean resnet20/i);
  expect(new Set(listArchitectures().map((it) => it.name)).size).toBe(listArchitectures().length);
});

it("refuses settings that do not exist or do not fit", () => {
  const refusal = (settings: Record<string, unknown>) => {
    try {
      architectureBody(zooOf("conv-mixer"), settings);
    } catch (error) {
      return error instanceof MorphError ? error.issue : undefined;
    }
    return undefined;
  };
  expect(refusal({ widht: 3 })).toMatchObject({ code: "unknown_setting", hint: "did you mean width?" });
  for (const settings of [
    { width: 1.5 },
    { width: "8" },
    { width: 0 },
    { kernel: 4 },
    { depth: Number.NaN },
  ]) {
    expect(refusal(settings)?.code).toBe("setting_value");
  }
  expect(refusal({ width: 8, kernel: 7 })).toBeUndefined();
});
