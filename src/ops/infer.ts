import { type Dim, isIssue, issue, MorphError } from "../base/index.js";
import { type Node, subgraphsOf, type TensorType } from "../ir/index.js";
import { readAttributes } from "./attributes.js";
import { argOf } from "./builder.js";
import type { Arg, OpDefinition } from "./define.js";
import { modernForm } from "./older-forms.js";
import { findOp } from "./registry.js";

/**
 * Types of a node's outputs, as far as its inputs are typed; for graphs that come from files. Undefined where
 * the operator has no definition here or an input no shape; fails where the operator's rule objects.
 */
export function inferNode(node: Node, opset: number): readonly (TensorType | undefined)[] | undefined {
  const known = readNode(node);
  if (known === undefined) return undefined;
  const types = known.definition.infer(known.args, known.attrs, {
    opset,
    inputCount: known.args.length,
    outputCount: node.outputs.length,
    subgraph: (graph) => graph.outputs.map((v) => (v.type?.kind === "tensor" ? v.type : undefined)),
  });
  if (isIssue(types)) throw new MorphError(issue(types.code, { ...types, path: node.name || node.opType }));
  return types;
}

/** Integers that a node's outputs hold, with symbols among them (see `contents.ts`). */
export function inferContents(node: Node): readonly (readonly Dim[] | undefined)[] {
  if (subgraphsOf(node).length > 0) return [];
  const known = readNode(node);
  return known === undefined ? [] : known.definition.contents(known.args, known.attrs);
}

interface KnownNode {
  readonly definition: OpDefinition;
  readonly args: readonly (Arg | undefined)[];
  readonly attrs: Record<string, unknown>;
}

/** The rules of a node with what they apply to; undefined where there are none, or an input has no shape. */
function readNode(given: Node): KnownNode | undefined {
  const node = modernForm(given);
  const definition = node.domain === "" ? findOp(node.opType) : undefined;
  if (definition === undefined) return undefined;
  const args: (Arg | undefined)[] = [];
  for (const value of node.inputs) {
    if (value === undefined) args.push(undefined);
    else if (value.type?.kind === "tensor" && value.type.shape !== undefined) args.push(argOf(value));
    else return undefined;
  }
  return { definition, args, attrs: readAttributes(definition.attributes, node.attributes) };
}
