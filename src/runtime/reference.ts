import { fail } from "../base/index.js";
import { type Graph, type Node, nodeLabel, type Value } from "../ir/index.js";
import {
  asTensor,
  evaluateOlder,
  modernForm,
  opOf,
  type RefTensor,
  type RefValue,
  readAttributes,
  refOf,
} from "../ops/index.js";

export interface InterpretOptions {
  /** Operator set of a graph from a file, where an older one may mean something else; default: that of today. */
  readonly opset?: number;
}

/**
 * The reference interpreter: evaluates a graph in float64 by the operators' own definitions. Slow and honest;
 * it is the oracle of the tests and what folds constants.
 *
 * @param feeds contents of the graph's inputs by name (initializers need none)
 * @returns contents of the outputs by name
 */
export function interpret(
  graph: Graph,
  feeds: Readonly<Record<string, RefValue>>,
  options: InterpretOptions = {},
): Record<string, RefTensor> {
  const values = interpretValues(graph, feeds, options);
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, asTensor(value, name)]));
}

/** As {@link interpret}, for graphs whose outputs may be sequences or optional values. */
export function interpretValues(
  graph: Graph,
  feeds: Readonly<Record<string, RefValue>>,
  { opset = 0 }: InterpretOptions = {},
): Record<string, RefValue> {
  const scope = new Map<Value, RefValue>();
  for (const input of graph.inputs) {
    const feed = feeds[input.name];
    if (feed !== undefined) scope.set(input, feed);
    else if (input.data === undefined)
      fail("feed_missing", { path: input.name, expected: "a tensor for this input" });
  }
  evaluateInto(graph, scope, opset);
  return Object.fromEntries(graph.outputs.map((v) => [v.name, lookUp(scope, v, "outputs")]));
}

function evaluateInto(graph: Graph, scope: Map<Value, RefValue>, opset: number): void {
  for (const value of graph.initializers) {
    if (value.data !== undefined && !scope.has(value)) scope.set(value, refOf(value.data));
  }
  graph.nodes.forEach((node, at) => {
    const outputs = evaluateNode(node, nodeLabel(node, at), scope, opset);
    node.outputs.forEach((value, i) => {
      const out = outputs[i];
      if (value === undefined) return;
      if (out === undefined) fail("reference_output", { path: nodeLabel(node, at), expected: `output ${i}` });
      scope.set(value, out);
    });
  });
}

function evaluateNode(
  original: Node,
  label: string,
  scope: Map<Value, RefValue>,
  opset: number,
): (RefValue | undefined)[] {
  // Older files say by attributes what is an input now.
  const node = modernForm(original);
  if (node.domain !== "") {
    fail("operator_unknown", {
      path: label,
      received: `${node.domain}::${node.opType}`,
      expected: "ai.onnx operators",
    });
  }
  const definition = opOf(node.opType);
  const inputs = node.inputs.map((v) => (v === undefined ? undefined : lookUp(scope, v, label)));
  const attrs = readAttributes(definition.attributes, node.attributes);
  return evaluateOlder(
    definition,
    node,
    opset,
    { inputs, attrs },
    {
      outputCount: node.outputs.length,
      run: (sub, feeds) => {
        const inner = new Map(scope);
        sub.inputs.forEach((value, i) => {
          const feed = feeds[i];
          if (feed !== undefined) inner.set(value, feed);
        });
        evaluateInto(sub, inner, opset);
        return sub.outputs.map((v) => lookUp(inner, v, `${label}/${sub.name}`));
      },
    },
  );
}

function lookUp(scope: Map<Value, RefValue>, value: Value, label: string): RefValue {
  const found = scope.get(value) ?? (value.data === undefined ? undefined : refOf(value.data));
  return found ?? fail("value_undefined", { path: label, received: `${value.name} before it is made` });
}
