import { expect, it } from "vitest";
import { Builder } from "./index.js";

it("a builder knows who makes a value, also after a node took another's place", () => {
  const g = new Builder("makers");
  const x = g.input("x", "float32", [2]);
  const y = g.Exp(x);
  const z = g.Neg(y);
  const [exp, neg] = g.built;
  expect([g.producerOf(x), g.producerOf(y), g.producerOf(z)]).toEqual([undefined, exp, neg]);
  if (exp === undefined) throw new Error("a node");
  const now = { ...exp, opType: "Abs" };
  g.replace(exp, now);
  expect(g.producerOf(y)).toBe(now);
  expect(g.producerOf(g.Exp(z))?.opType).toBe("Exp");
});
