import fc from "fast-check";
import { expect, test } from "vitest";
import { Graph, type Model } from "../ir/index.js";
import { allMetadata, decodeModel, encodeModel, getMetadata, setMetadata } from "./index.js";

const graph = new Graph({ name: "g", inputs: [], outputs: [], initializers: [], nodes: [] });
const model: Model = { graph, opsets: { "": 17 }, irVersion: 8, metadata: { author: "someone" } };

test("JSON values live under the package's own keys and pass through a file", () => {
  fc.assert(
    fc.property(fc.string(), fc.jsonValue(), (key, value) => {
      const plain = JSON.parse(JSON.stringify(value));
      const read = decodeModel(encodeModel(setMetadata(model, key, plain)));
      expect(read.metadata.author).toBe("someone");
      // JSON knows no negative zero.
      expect(JSON.stringify(getMetadata(read, key))).toBe(JSON.stringify(sorted(plain)));
    }),
  );
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sorted(v)]),
  );
}

test("entries are replaced, removed and listed", () => {
  const twice = setMetadata(setMetadata(model, "card", { a: 1 }), "card", { a: 2 });
  expect(getMetadata(twice, "card")).toEqual({ a: 2 });
  expect(allMetadata(twice)).toEqual({ card: { a: 2 } });
  expect(setMetadata(twice, "card", undefined).metadata).toEqual({ author: "someone" });
  expect(getMetadata(model, "card")).toBeUndefined();
  expect(getMetadata(model, "__proto__")).toBeUndefined();
});

test("text that is not JSON is named", () => {
  const broken = { ...model, metadata: { "morphospace.card": "{" } };
  expect(() => getMetadata(broken, "card")).toThrow(/onnx_metadata at morphospace\.card: expected JSON/);
});
