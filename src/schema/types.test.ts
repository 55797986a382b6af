import { expectTypeOf, test } from "vitest";
import { type Schema, s } from "./index.js";

test("genotypes are typed exactly", () => {
  const kernel = s.oneOf([1, 3, 5]);
  const block = s.oneOf({
    conv: s.object({
      kernel,
      bias: s.boolean(),
      dilation: s.when({ kernel }, (g) => g.kernel > 1, s.int({ min: 1, max: 3 })),
      pad: s.when({ kernel }, (g) => g.kernel > 1, s.oneOf(["same"]), s.oneOf(["valid"])),
    }),
    skip: s.object({}),
  });
  type Block =
    | { op: "conv"; kernel: 1 | 3 | 5; bias: boolean; dilation?: number; pad: "same" | "valid" }
    | { op: "skip" };
  expectTypeOf<s.infer<typeof block>>().toEqualTypeOf<Block>();
  const list = s.repeat(block, { min: 1, max: 3 });
  expectTypeOf(list).toEqualTypeOf<Schema<Block[]>>();
  const mixed = s.oneOf(["auto", s.int({ min: 1, max: 2 })]);
  expectTypeOf<s.infer<typeof mixed>>().toEqualTypeOf<"auto" | { branch: 1; value: number }>();
  expectTypeOf<s.infer<ReturnType<typeof s.real>>>().toEqualTypeOf<number>();
  const some = s.subset(["a", "b"]);
  expectTypeOf<s.infer<typeof some>>().toEqualTypeOf<("a" | "b")[]>();
});

test("contexts are typed and must be bound", () => {
  interface Shape {
    rank: number;
  }
  const op = s.oneOf(["conv", "linear"], {
    allow: (name, shape: Shape) => name !== "conv" || shape.rank === 4,
  });
  expectTypeOf(op).toEqualTypeOf<Schema<"conv" | "linear", Shape>>();
  const two = s.object({ op, other: s.boolean() });
  expectTypeOf(two).not.toExtend<Schema<unknown>>();
  const bound = s.bind(two, { rank: 4 });
  expectTypeOf(bound).toEqualTypeOf<Schema<{ op: "conv" | "linear"; other: boolean }>>();
  const inside = s.object({ op: s.within({}, (_, context: number): Shape => ({ rank: context }), op) });
  expectTypeOf(s.bind(inside, 3)).toEqualTypeOf<Schema<{ op: "conv" | "linear" }>>();
  const refined = s.refine(
    s.object({ op }),
    (g, shape: Shape & { width: number }) => g.op === "conv" || shape.width > 1,
    "x",
  );
  expectTypeOf(s.bind(refined, { rank: 2, width: 3 })).toEqualTypeOf<Schema<{ op: "conv" | "linear" }>>();
  const chain = s.repeat(op, {
    min: 0,
    max: 2,
    context: (before, width: number): Shape => ({ rank: before.length + width }),
  });
  expectTypeOf(chain).toEqualTypeOf<Schema<("conv" | "linear")[], number>>();
});
