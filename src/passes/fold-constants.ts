import { type Graph, prune, sizeOf, subgraphsOf, type Tensor, type Value } from "../ir/index.js";
import { findOp } from "../ops/index.js";
import { rewrite } from "./rewrite.js";

/** Evaluates one node's operator on constants; handed in, because what executes stands on a higher floor. */
export type Run = (
  opType: string,
  inputs: readonly (Tensor | undefined)[],
  attributes: Graph["nodes"][number]["attributes"],
  outputCount: number,
) => readonly (Tensor | undefined)[];

const RANDOM = /^(Random|Bernoulli|Multinomial|Dropout)/;

/** Results larger than this are left to be computed: folding must not blow up a file. */
const MAX_ELEMENTS = 1 << 16;

/** Compute nodes all of whose inputs are constant, once and for all. */
export function foldConstants(graph: Graph, run: Run): Graph {
  return prune(
    rewrite(graph, (node, g) => {
      if (node.domain !== "" || RANDOM.test(node.opType) || subgraphsOf(node).length > 0) return undefined;
      if (node.inputs.length === 0 && node.opType !== "Constant") return undefined;
      if (findOp(node.opType) === undefined) return undefined;
      if (!node.inputs.every((v) => v === undefined || (v.data !== undefined && v.data.dtype !== "string")))
        return undefined;
      const tooLarge = node.outputs.some(
        (v) =>
          v?.type?.kind === "tensor" &&
          v.type.shape?.every((d) => typeof d === "number") === true &&
          sizeOf(v.type.shape as number[]) > MAX_ELEMENTS,
      );
      if (tooLarge) return undefined;
      const results = run(
        node.opType,
        node.inputs.map((v) => v?.data),
        node.attributes,
        node.outputs.length,
      );
      return node.outputs.map((value, i): Value | undefined => {
        const result = results[i];
        return value === undefined || result === undefined ? undefined : g.constant(result, "folded");
      });
    }),
  );
}
