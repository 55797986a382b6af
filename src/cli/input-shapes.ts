/** Shapes that a user gives to a model's inputs: `image=1x3x224x224`. */
import { ExitCode, fail, unknownName } from "../base/index.js";
import { type Graph, substituteValues, Value } from "../ir/index.js";

/** Shapes by input name; lengths are separated by `x`, inputs by commas. */
export function parseShapes(
  text: string | undefined,
  option: string,
): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  for (const part of text === undefined ? [] : text.split(",")) {
    const match = /^(.+)=((?:\d+x)*\d+)$/.exec(part.trim());
    const dims = (match?.[2] ?? "").split("x").map(Number);
    if (match?.[1] === undefined || !dims.every((d) => Number.isSafeInteger(d) && d > 0)) {
      return fail(
        "bad_value",
        { path: option, expected: "name=dims such as image=1x3x224x224", received: part },
        { exitCode: ExitCode.usage },
      );
    }
    shapes.set(match[1], dims);
  }
  return shapes;
}

/** The graph with the shapes of its inputs replaced. */
export function withInputShapes(graph: Graph, shapes: ReadonlyMap<string, readonly number[]>): Graph {
  if (shapes.size === 0) return graph;
  const swapped = new Map<Value, Value>();
  for (const [name, dims] of shapes) {
    const input = graph.inputs.find((value) => value.name === name);
    if (input === undefined) {
      return unknownName(
        "input",
        name,
        graph.inputs.map((value) => value.name),
      );
    }
    const declared = input.type?.kind === "tensor" ? input.type : undefined;
    const fits = declared?.shape?.every((d, i) => typeof d === "string" || d === dims[i]) !== false;
    if (declared === undefined || !fits || (declared.shape?.length ?? dims.length) !== dims.length) {
      return fail(
        "shape_mismatch",
        {
          path: name,
          expected: declared === undefined ? "a tensor input" : `[${declared.shape?.join(", ")}]`,
          received: `[${dims.join(", ")}]`,
        },
        { exitCode: ExitCode.usage },
      );
    }
    swapped.set(input, new Value(name, { ...declared, shape: dims }, input.data, input.extra));
  }
  const inside = substituteValues(graph, swapped);
  return inside.with({ inputs: graph.inputs.map((value) => swapped.get(value) ?? value) });
}
