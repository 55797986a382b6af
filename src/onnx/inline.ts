import { fail } from "../base/index.js";
import type { Attribute, Value } from "../ir/index.js";
import {
  type Body,
  decodeNodes,
  defineOutput,
  plainDomain,
  type Reading,
  readAttribute,
} from "./decode-graph.js";
import { inOrder } from "./order.js";
import { invalid } from "./problems.js";
import type { AttributeProto, FunctionProto, NodeProto } from "./schema.gen.js";
import { Scope } from "./scope.js";
import { Symbols } from "./symbols.js";
import { decodeType } from "./value-types.js";

/** Nodes that inlined calls may make together: a few functions that call each other can ask for 2^100. */
const MAX_INLINED_NODES = 250_000;

function keyOf(domain: string, name: string, overload: string): string {
  return JSON.stringify([plainDomain(domain), name, overload]);
}

/**
 * Puts the bodies of model-local functions in place of their calls. Values and nodes of a body get the
 * call's name before their own; attribute parameters take the call's values, else their defaults, else are
 * left out. A body's operator versions are taken to agree with the model's, as the format demands.
 */
export function inlinerOf(functions: readonly FunctionProto[]): Reading["expand"] {
  const byKey = new Map(functions.map((f) => [keyOf(f.domain, f.name, f.overload), f]));
  let left = MAX_INLINED_NODES;
  const spend = (nodes: number, path: string) => {
    left -= nodes;
    if (left >= 0) return;
    fail("onnx_too_large", {
      path,
      expected: `functions that make at most ${MAX_INLINED_NODES} nodes when inlined`,
      received: "more",
      hint: "read the model with inlineFunctions: false",
    });
  };
  return (call, inputs, path, reading, body) => {
    const key = keyOf(call.domain, call.opType, call.overload);
    const callee = byKey.get(key);
    if (callee === undefined) return false;
    if (reading.call?.within.includes(key)) invalid(path, `function ${callee.name}, which calls itself`);
    spend(callee.node.length + 1, path);
    inlineCall(callee, key, call, inputs, path, reading, body, spend);
    return true;
  };
}

function inlineCall(
  callee: FunctionProto,
  key: string,
  call: NodeProto,
  inputs: readonly (Value | undefined)[],
  path: string,
  reading: Reading,
  body: Body,
  spend: (nodes: number, path: string) => void,
): void {
  if (call.input.length > callee.input.length || call.output.length > callee.output.length) {
    invalid(
      path,
      `${call.input.length} inputs and ${call.output.length} outputs`,
      undefined,
      `at most ${callee.input.length} and ${callee.output.length}, which function ${callee.name} has`,
    );
  }
  const outerPrefix = reading.call?.prefix ?? "";
  const prefix = `${reading.names.fresh(`${outerPrefix}${call.name || callee.name}`)}/`;
  const within = [...(reading.call?.within ?? []), key];
  const inner: Reading = {
    ...reading,
    symbols: new Symbols(true),
    call: { prefix, attributes: parametersOf(callee, call, path, reading, body, spend), within },
  };
  const scope = new Scope();
  callee.input.forEach((name, i) => {
    scope.bind(name, inputs[i]);
  });

  // A value that the body makes for a result is the caller's own value; results that are inputs of the
  // function, or the same value twice, need an Identity to make another value.
  const wanted = new Map<string, number>();
  callee.output.forEach((name, i) => {
    if (call.output[i] && !wanted.has(name) && !callee.input.includes(name)) wanted.set(name, i);
  });
  const made = new Set<number>();
  const infos = new Map(callee.valueInfo.map((info) => [info.name, info]));
  decodeNodes(inOrder(callee.node, new Set(callee.input), path), inner, {
    scope,
    nodes: body.nodes,
    nodeNames: body.nodeNames,
    path,
    declared: (name) => ({ type: decodeType(infos.get(name)?.type, inner.symbols) }),
    produce: (name) => {
      const at = wanted.get(name);
      if (at === undefined || made.has(at)) return undefined;
      made.add(at);
      return defineOutput(call.output[at] ?? "", reading, body);
    },
  });
  callee.output.forEach((name, i) => {
    const given = call.output[i];
    if (!given || made.has(i)) return;
    const value = scope.get(name);
    if (value === undefined) invalid(path, `result ${name} of function ${callee.name}, which nothing makes`);
    body.nodes.push({
      opType: "Identity",
      domain: "",
      name: "",
      inputs: [value],
      outputs: [defineOutput(given, reading, body)],
      attributes: {},
    });
  });
}

/** Values of a function's attribute parameters, read anew at each use so that graphs are never shared. */
function parametersOf(
  callee: FunctionProto,
  call: NodeProto,
  path: string,
  reading: Reading,
  body: Body,
  spend: (nodes: number, path: string) => void,
): Map<string, () => Attribute | undefined> {
  const parameters = new Map<string, () => Attribute | undefined>();
  const add = (a: AttributeProto, scope: Scope) => {
    const where = `${path}.${a.name}`;
    parameters.set(a.name, () => {
      spend(1, where);
      return readAttribute(a, where, reading, scope);
    });
  };
  // A default stands in no caller's scope.
  for (const a of callee.attributeProto) add(a, new Scope());
  for (const a of call.attribute) add(a, body.scope);
  return parameters;
}
