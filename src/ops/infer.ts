import { type Dim, isIssue, issue, MorphError } from "../base/index.js";
import { type Node, subgraphsOf, type ValueType } from "../ir/index.js";
import { readAttributes } from "./attributes.js";
import { argOf } from "./builder.js";
import type { Arg, InferContext, OpDefinition } from "./define.js";
import { modernForm } from "./older-forms.js";
import { modernArgs } from "./older-meaning.js";
import { findOp } from "./registry.js";

/**
 * Types of a node's outputs, as far as its inputs are typed; for graphs that come from files. Undefined where
 * the operator has no definition here or an input no shape; fails where the operator's rule objects.
 */
export function inferNode(node: Node, opset: number): readonly (ValueType | undefined)[] | undefined {
  const context: InferContext = {
    opset,
    inputCount: node.inputs.length,
    outputCount: node.outputs.length,
    subgraph: (graph) => graph.outputs.map((v) => (v.type?.kind === "tensor" ? v.type : undefined)),
  };
  const types = typesOf(node, context);
  if (types === undefined) return undefined;
  if (isIssue(types)) throw new MorphError(issue(types.code, { ...types, path: node.name || node.opType }));
  return types;
}

function typesOf(node: Node, context: InferContext) {
  const definition = node.domain === "" ? findOp(node.opType) : undefined;
  if (definition?.types === undefined) {
    const known = readNode(node);
    if (known === undefined) return undefined;
    const args = modernArgs(node, context.opset, known.args);
    return known.definition.infer(args, known.attrs, { ...context, inputCount: args.length });
  }
  if (node.inputs.some((value) => value !== undefined && value.type === undefined)) return undefined;
  const attrs = readAttributes(definition.attributes, node.attributes);
  return definition.types(
    node.inputs.map((value) => value?.type),
    attrs,
    context,
  );
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
