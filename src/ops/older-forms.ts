import { type Attribute, type DType, type Node, tensor, Value } from "../ir/index.js";

/** An attribute that later became an input: where it stands now, and what it holds. */
interface Moved {
  readonly attribute: string;
  readonly input: number;
  /** Element type of the input; the type of the first input where it is left out. */
  readonly dtype?: DType;
  /** The input is a scalar. */
  readonly scalar?: true;
}

const AXES: readonly Moved[] = [{ attribute: "axes", input: 1, dtype: "int64" }];

/** Operators that said by an attribute what they now take as an input (the version of the change behind it). */
const MOVED: Readonly<Record<string, readonly Moved[]>> = {
  Squeeze: AXES, // 13
  Unsqueeze: AXES, // 13
  Split: [{ attribute: "split", input: 1, dtype: "int64" }], // 13
  Dropout: [{ attribute: "ratio", input: 1, dtype: "float32", scalar: true }], // 12
  Clip: [
    { attribute: "min", input: 1, scalar: true },
    { attribute: "max", input: 2, scalar: true },
  ], // 11
  Pad: [
    { attribute: "pads", input: 1, dtype: "int64" },
    { attribute: "value", input: 2, scalar: true },
  ], // 11
  Slice: [
    { attribute: "starts", input: 1, dtype: "int64" },
    { attribute: "ends", input: 2, dtype: "int64" },
    { attribute: "axes", input: 3, dtype: "int64" },
  ], // 10
  TopK: [{ attribute: "k", input: 1, dtype: "int64" }], // 10
  Reshape: [{ attribute: "shape", input: 1, dtype: "int64" }], // 5
};

/**
 * A node of an older operator set in the form that the operators here implement, where the meaning is the same:
 * attributes that have become inputs are made inputs, Upsample becomes Resize. Other nodes pass unchanged.
 * Reductions, Softmax and BatchNormalization need nothing: their files read the older form, or it has the same
 * types. Used to analyse such a file; it is written back as it was read.
 */
export function modernForm(node: Node): Node {
  if (node.domain !== "") return node;
  if (node.opType === "Upsample") return resizing(node);
  // Scatter (operator sets 9 and 10) is ScatterElements under its first name.
  if (node.opType === "Scatter") return { ...node, opType: "ScatterElements" };
  if (node.opType === "Resize" && node.inputs.length === 2) {
    return { ...node, inputs: [node.inputs[0], undefined, node.inputs[1]] };
  }
  const moved = MOVED[node.opType]?.filter(
    ({ attribute, input }) => node.attributes[attribute] !== undefined && node.inputs[input] === undefined,
  );
  if (moved === undefined || moved.length === 0) return node;
  const inputs = [...node.inputs];
  const own = inputs[0]?.type?.kind === "tensor" ? inputs[0].type.dtype : "float32";
  const attributes = { ...node.attributes };
  for (const { attribute, input, dtype, scalar } of moved) {
    const values = numbersIn(attributes[attribute]);
    delete attributes[attribute];
    if (values === undefined) continue;
    while (inputs.length <= input) inputs.push(undefined);
    const held = scalar ? tensor(dtype ?? own, [], values) : tensor(dtype ?? own, [values.length], values);
    inputs[input] = Value.constant(`${node.name}.${attribute}`, held);
  }
  return { ...node, inputs, attributes };
}

/** Upsample (operator sets 7 to 9) is Resize by factors, with coordinates counted from the corner. */
function resizing(node: Node): Node {
  const { scales, ...rest } = node.attributes;
  const factors = numbersIn(scales);
  const given =
    factors === undefined
      ? node.inputs[1]
      : Value.constant(`${node.name}.scales`, tensor("float32", [factors.length], factors));
  return {
    ...node,
    opType: "Resize",
    inputs: [node.inputs[0], undefined, given],
    attributes: {
      ...rest,
      coordinate_transformation_mode: { type: "string", value: "asymmetric" },
      nearest_mode: { type: "string", value: "floor" },
    },
  };
}

function numbersIn(attribute: Attribute | undefined): readonly number[] | undefined {
  switch (attribute?.type) {
    case "int":
    case "float":
      return [Number(attribute.value)];
    case "ints":
    case "floats":
      return Array.from(attribute.value, Number);
    default:
      return undefined;
  }
}
