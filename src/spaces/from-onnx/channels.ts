/** Which channels of a graph belong together: what must change where a layer gets wider or thinner. */
import { type Graph, type Node, numbersOf, sizeOf, subgraphsOf, type Value } from "../../ir/index.js";
import { findOp, readAttributes } from "../../ops/index.js";

/** An axis of a weight that runs over a group's channels, each `block` places long. */
export interface ChannelAxis {
  readonly weight: Value;
  readonly axis: number;
  readonly block: number;
  /** What makes the channels, what reads them, or what goes along with each of them. */
  readonly role: "makes" | "reads" | "follows";
  readonly node: Node;
}

/** Channels that only exist together: one number of them can change without touching anything else. */
export interface ChannelGroup {
  readonly channels: number;
  readonly axes: readonly ChannelAxis[];
  /** The layers that make them, in order. */
  readonly makers: readonly Node[];
  /** Depthwise convolutions on the way, whose groups are as many as the channels. */
  readonly depthwise: readonly Node[];
  /** `Reshape` nodes whose constant target holds the channels at this place. */
  readonly reshapes: readonly { readonly node: Node; readonly place: number }[];
}

interface Label {
  readonly group: Draft;
  readonly axis: number;
  readonly block: number;
}

class Draft {
  private up: Draft | undefined;
  frozen = false;
  readonly axes: ChannelAxis[] = [];
  readonly makers: Node[] = [];
  readonly depthwise: Node[] = [];
  readonly reshapes: { node: Node; place: number }[] = [];

  constructor(readonly channels: number) {}

  get root(): Draft {
    return this.up === undefined ? this : this.up.root;
  }

  join(other: Draft): void {
    const [a, b] = [this.root, other.root];
    if (a === b) return;
    if (a.channels !== b.channels) {
      a.frozen = true;
      b.frozen = true;
      return;
    }
    b.up = a;
    a.frozen ||= b.frozen;
    a.axes.push(...b.axes);
    a.makers.push(...b.makers);
    a.depthwise.push(...b.depthwise);
    a.reshapes.push(...b.reshapes);
  }
}

/** Operators that work place by place, or over the plane alone: channels come out as they went in. */
const PLAIN = new Set(
  (
    "Relu LeakyRelu Clip HardSwish HardSigmoid Elu Selu Gelu Mish Swish Softplus Softsign Celu Sigmoid Tanh Identity Dropout Cast Neg " +
    "Abs Sqrt Exp Log Sin Cos Erf Reciprocal Floor Ceil Round Sign ThresholdedRelu GlobalAveragePool GlobalMaxPool AveragePool MaxPool LpPool"
  ).split(" "),
);
const BROADCASTING = new Set(["Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "Pow", "PRelu"]);
const REDUCING = /^Reduce(Mean|Sum|Max|Min|L1|L2|SumSquare)$/;

/**
 * The channel groups of a graph with inferred shapes whose weights are initializers. Residual sums and gates tie what they
 * join; normalisation over channels, concatenation, softmax and whatever is not known here keep channels from changing.
 */
export function channelGroups(graph: Graph): ChannelGroup[] {
  const walk = new Walk(graph);
  graph.nodes.forEach((node) => {
    walk.visit(node);
  });
  graph.outputs.forEach((v) => {
    walk.freeze(v);
  });
  return walk.groups();
}

class Walk {
  private readonly labels = new Map<Value, Label>();
  private readonly drafts: Draft[] = [];
  private readonly users = new Map<Value, number>();

  constructor({ nodes }: Graph) {
    for (const { inputs } of nodes)
      for (const v of new Set(inputs)) if (v !== undefined) this.users.set(v, (this.users.get(v) ?? 0) + 1);
  }

  groups(): ChannelGroup[] {
    return this.drafts
      .filter((it) => it.root === it && !it.frozen)
      .filter(
        ({ axes }) => axes.some(({ role }) => role === "reads") && axes.some(({ role }) => role === "makes"),
      )
      .filter(({ axes }) => axes.every(({ weight }) => this.isOwn(weight, axes)));
  }

  /** A weight of one node, or one that several nodes of the group use alike. */
  private isOwn(weight: Value, axes: readonly ChannelAxis[]): boolean {
    const users = this.users.get(weight) ?? 0;
    if (users === 1) return true;
    const own = axes.filter((it) => it.weight === weight);
    const alike = own.every(({ role, axis }) => role === "follows" && axis === own[0]?.axis);
    return alike && new Set(own.map(({ node }) => node)).size === users;
  }

  freeze(value: Value | undefined): void {
    const label = value && this.labels.get(value);
    if (label !== undefined) label.group.root.frozen = true;
  }

  visit(node: Node): void {
    const [x] = node.inputs;
    const label = x && this.labels.get(x);
    const [y] = node.outputs;
    if (node.domain !== "" || y === undefined || subgraphsOf(node).length > 0) {
      this.stop(node);
      return;
    }
    if (node.opType === "Conv") {
      this.conv(node, label, y);
      return;
    }
    if (node.opType === "Gemm" || node.opType === "MatMul") {
      this.product(node, label, y);
      return;
    }
    if (BROADCASTING.has(node.opType)) {
      this.broadcast(node, y);
      return;
    }
    if (label === undefined) {
      this.stop(node);
      return;
    }
    const pass = (axis: number, block = label.block) => {
      this.labels.set(y, { group: label.group, axis, block });
    };
    const others = node.inputs.slice(1);
    if (PLAIN.has(node.opType) && others.every((v) => v === undefined || v.data !== undefined)) {
      pass(label.axis);
      return;
    }
    if (node.opType === "BatchNormalization" || node.opType === "InstanceNormalization") {
      if (label.block !== 1 || label.axis !== 1 || !others.every((v) => v?.data !== undefined)) {
        this.stop(node);
        return;
      }
      for (const weight of others) if (weight !== undefined) this.follow(node, weight, label, 0);
      pass(1);
      return;
    }
    const moved = this.moved(node, label, y);
    if (moved === undefined) this.stop(node);
    else pass(...moved);
  }

  /** Where the channels are after a node that rearranges or reduces; undefined where it cannot be said. */
  private moved(
    node: Node,
    { axis, block, group }: Label,
    y: Value,
  ): [axis: number, block: number] | undefined {
    const [x, second] = node.inputs;
    const attributes = findOp(node.opType)?.attributes;
    if (x === undefined || attributes === undefined || !ranked(x) || !ranked(y)) return undefined;
    const attrs: Readonly<Record<string, unknown>> = readAttributes(attributes, node.attributes);
    const list = second?.data === undefined ? undefined : numbersOf(second.data);
    const positive = (values: readonly number[], rank: number) => values.map((a) => (a < 0 ? a + rank : a));
    if (node.opType === "Transpose") {
      const perm = (attrs.perm as readonly number[] | undefined) ?? x.shape.map((_, i) => x.rank - 1 - i);
      return [perm.indexOf(axis), block];
    }
    const rest = x.shape.slice(2);
    const flat = rest.every((d) => typeof d === "number") ? sizeOf(rest.map(Number)) : undefined;
    if (node.opType === "Flatten")
      return axis === 1 && attrs.axis === 1 && flat ? [1, block * flat] : undefined;
    if (REDUCING.test(node.opType) && list !== undefined) {
      const axes = positive(list, x.rank);
      if (axes.includes(axis)) return undefined;
      return [attrs.keepdims === 0 ? axis - axes.filter((a) => a < axis).length : axis, block];
    }
    if ((node.opType === "Squeeze" || node.opType === "Unsqueeze") && list !== undefined) {
      if (node.opType === "Squeeze") {
        const axes = positive(list, x.rank);
        return axes.includes(axis) ? undefined : [axis - axes.filter((a) => a < axis).length, block];
      }
      const axes = positive(list, y.rank);
      const free = y.shape.map((_, i) => i).filter((i) => !axes.includes(i));
      return [free[axis] ?? axis, block];
    }
    if (node.opType === "Reshape" && list !== undefined && axis === 1) {
      const channels = group.channels * block;
      const to = y.shape[1];
      const others = y.shape.slice(2);
      const toRows = y.rank === 2 && flat !== undefined && to === channels * flat;
      const toPlane = x.rank === 2 && to === channels && others.every((d) => d === 1);
      if (!toRows && !toPlane) return undefined;
      if ((list[1] ?? -1) > 0) group.root.reshapes.push({ node, place: 1 });
      return toRows && flat !== undefined ? [1, block * flat] : [1, block];
    }
    return undefined;
  }

  private conv(node: Node, label: Label | undefined, y: Value): void {
    const [x, w, b] = node.inputs;
    const groups = Number(readAttributes(findOp("Conv")?.attributes ?? {}, node.attributes).group ?? 1);
    if (w?.data === undefined || x === undefined || (b !== undefined && b.data === undefined)) {
      this.stop(node);
      return;
    }
    const [outputs = 1, inputs = 1] = w.data.dims;
    if (groups > 1 && inputs === 1 && outputs === groups && label?.axis === 1 && label.block === 1) {
      this.follow(node, w, label, 0);
      if (b !== undefined) this.follow(node, b, label, 0);
      label.group.root.depthwise.push(node);
      this.labels.set(y, label);
      return;
    }
    if (groups > 1) {
      this.stop(node);
      return;
    }
    if (label !== undefined) {
      if (label.axis === 1 && label.block === 1) this.read(node, w, label, 1, 1);
      else this.freeze(x);
    }
    this.make(node, y, w, 0, 1, outputs, b, 0);
  }

  private product(node: Node, label: Label | undefined, y: Value): void {
    const [x, w, b] = node.inputs;
    if (w?.data === undefined || x === undefined || w.data.dims.length !== 2 || !ranked(x)) {
      this.stop(node);
      return;
    }
    if (b !== undefined && b.data === undefined) {
      this.stop(node);
      return;
    }
    const attrs =
      node.opType === "Gemm" ? readAttributes(findOp("Gemm")?.attributes ?? {}, node.attributes) : {};
    if (attrs.transA === 1) {
      this.stop(node);
      return;
    }
    const out = attrs.transB === 1 ? 0 : 1;
    if (label !== undefined) {
      if (label.axis === x.rank - 1) this.read(node, w, label, 1 - out, label.block);
      else this.freeze(x);
    }
    const bias = b?.data !== undefined && sizeOf(b.data.dims) > 1 ? b : undefined;
    this.make(node, y, w, out, x.rank - 1, w.data.dims[out] ?? 1, bias, (bias?.data?.dims.length ?? 1) - 1);
  }

  private broadcast(node: Node, y: Value): void {
    const values = node.inputs.filter((v) => v !== undefined);
    const labels = values.flatMap((v) => {
      const label = this.labels.get(v);
      return label === undefined || !ranked(v) ? [] : [{ ...label, fromEnd: v.rank - label.axis }];
    });
    const [first] = labels;
    if (first === undefined || !ranked(y)) {
      this.stop(node);
      return;
    }
    const fits = labels.every((it) => it.fromEnd === first.fromEnd && it.block === first.block);
    if (!fits) {
      this.stop(node);
      return;
    }
    for (const v of values) {
      if (this.labels.has(v)) continue;
      const at = ranked(v) ? v.rank - first.fromEnd : -1;
      const length = at < 0 || !ranked(v) ? 1 : v.shape[at];
      if (length === 1) continue;
      if (v.data === undefined || first.block !== 1) {
        this.stop(node);
        return;
      }
      this.follow(node, v, first, at);
    }
    for (const it of labels) first.group.join(it.group);
    this.labels.set(y, { group: first.group, axis: y.rank - first.fromEnd, block: first.block });
  }

  private make(
    node: Node,
    y: Value,
    weight: Value,
    axis: number,
    at: number,
    channels: number,
    bias: Value | undefined,
    biasAxis: number,
  ): void {
    const group = new Draft(channels);
    this.drafts.push(group);
    group.axes.push({ weight, axis, block: 1, role: "makes", node });
    if (bias !== undefined)
      group.axes.push({ weight: bias, axis: biasAxis, block: 1, role: "follows", node });
    group.makers.push(node);
    this.labels.set(y, { group, axis: at, block: 1 });
  }

  private read(node: Node, weight: Value, { group }: Label, axis: number, block: number): void {
    group.root.axes.push({ weight, axis, block, role: "reads", node });
  }

  private follow(node: Node, weight: Value, { group }: Label, axis: number): void {
    group.root.axes.push({ weight, axis, block: 1, role: "follows", node });
  }

  /** A node that is not understood: what it reads keeps its channels. */
  private stop(node: Node): void {
    for (const v of node.inputs) this.freeze(v);
  }
}

function ranked(value: Value): boolean {
  return value.type?.kind === "tensor" && value.type.shape !== undefined;
}
