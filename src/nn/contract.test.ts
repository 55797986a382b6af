import { expect, it } from "vitest";
import { nnContract } from "../testing/nn-contract.js";
import { nnDefinitions } from "./index.js";

for (const definition of nnDefinitions()) nnContract(definition);

it("names are unique", () => {
  const names = nnDefinitions().map(({ kind, name }) => `${kind} ${name}`);
  expect(new Set(names).size).toBe(names.length);
});
