import { type Issue, issue } from "../base/index.js";
import { type Graph, type Node, subgraphsOf, type Value } from "./graph.js";

/**
 * Check the invariants of a graph (callable after any pass): every value is defined before it is used,
 * defined once, names are unique along every chain of enclosing graphs, initializers hold data that fit
 * their type. Returns all that is wrong; an empty list means legal.
 */
export function verifyGraph(graph: Graph): Issue[] {
  const issues: Issue[] = [];
  verifyScope(graph, new Set(), new Map(), "", issues);
  return issues;
}

function verifyScope(
  graph: Graph,
  outer: ReadonlySet<Value>,
  outerNames: ReadonlyMap<string, Value>,
  path: string,
  issues: Issue[],
): void {
  const known = new Set(outer);
  const names = new Map(outerNames);
  const define = (value: Value, where: string) => {
    if (known.has(value)) {
      issues.push(issue("value_redefined", { path: where, received: `${value.name} a second time` }));
      return;
    }
    const other = names.get(value.name);
    if (value.name === "") issues.push(issue("value_unnamed", { path: where, expected: "a name" }));
    else if (other !== undefined) {
      issues.push(issue("value_name_taken", { path: where, received: `two values called ${value.name}` }));
    }
    known.add(value);
    names.set(value.name, value);
  };
  const need = (value: Value | undefined, where: string) => {
    if (value === undefined || known.has(value)) return;
    issues.push(
      issue("value_undefined", {
        path: where,
        received: `${value.name} before it is made`,
        hint: "order the nodes, or add the value to inputs or initializers",
      }),
    );
  };

  for (const input of graph.inputs) {
    // An initializer that is also an input is a default that a caller may override (IR version 3 style).
    if (!graph.initializers.includes(input)) define(input, `${path}inputs`);
  }
  for (const value of graph.initializers) {
    define(value, `${path}initializers`);
    if (value.data === undefined) {
      issues.push(issue("initializer_empty", { path: `${path}${value.name}`, expected: "data" }));
    }
  }
  graph.nodes.forEach((node, at) => {
    const where = `${path}${nodeLabel(node, at)}`;
    for (const value of node.inputs) need(value, where);
    for (const sub of subgraphsOf(node)) verifyScope(sub, known, names, `${where}/`, issues);
    for (const value of node.outputs) if (value !== undefined) define(value, where);
  });
  for (const value of graph.outputs) need(value, `${path}outputs`);
}

/** How a node is called in messages: its name, or its operator and position. */
export function nodeLabel(node: Node, at: number): string {
  return node.name || `${node.opType}_${at}`;
}
