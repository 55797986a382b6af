import { dim, fail, type Shape } from "../../base/index.js";
import { Graph, mapReads, type Node, readsOf, Value } from "../../ir/index.js";
import type { Builder } from "../builder.js";
import type { LoopMemory } from "../define.js";
import { copyNode } from "../inline.js";
import { type Iteration, isRandom, type Phases, type Sliced } from "./iteration.js";
import { batchedOverTime, type Later, type Times } from "./over-time.js";

export interface ReverseFields {
  /** The graph around the loop: the reverse is appended to it. */
  readonly g: Builder;
  readonly it: Iteration;
  /** Nodes of the body, and behind them those of its gradient. */
  readonly nodes: readonly Node[];
  readonly phases: Phases;
  readonly memory: LoopMemory;
  /** Carried gradients: as a step gets them, as it gives them (undefined: zeros), and before the last step. */
  readonly carried: readonly {
    readonly input: Value;
    readonly output: Value | undefined;
    readonly start: Value;
  }[];
  /** Gradients of stacked results, by the value of the reverse that is one slice. */
  readonly arriving: ReadonlyMap<Value, Sliced>;
}

/** What a step of the reverse reads slice by slice, or gives stacked. */
interface Slices {
  readonly inside: Value;
  readonly axis: number;
  readonly direction: 0 | 1;
}

/**
 * The `Scan` from the last step to the first. It is planned first (`stack`, `carry`, `emit` ask for what it must
 * give) and appended by `run`; what was asked for can be had after that.
 */
export class ReverseScan implements Times {
  readonly g: Builder;
  readonly phases: Phases;
  private readonly it: Iteration;
  /** The body of the reverse. */
  private readonly r: Builder;
  private readonly core: ReadonlySet<Value>;
  private readonly hoisted = new Map<Value, Value>();
  private readonly stored = new Map<Value, Value>();
  private readonly stacks = new Map<Value, Later>();
  private readonly placed = new Map<Value, Value>();
  private readonly reads: (Slices & { readonly whole: Value })[] = [];
  private readonly gives: Slices[] = [];
  private readonly sums: Value[] = [];
  private outputs: readonly Value[] = [];

  constructor(private readonly fields: ReverseFields) {
    const { g, it, phases, carried } = fields;
    this.g = g;
    this.it = it;
    this.phases = phases;
    this.r = g.inside(`${it.body.name}_reverse`);
    this.core = this.ancestors(carried.flatMap((c) => c.output ?? []));
  }

  /** Values of the reverse that others depend on, those included. */
  private ancestors(values: readonly Value[]): Set<Value> {
    const found = new Set<Value>();
    const open = [...values];
    for (let value = open.pop(); value !== undefined; value = open.pop()) {
      if (found.has(value) || this.phases.of(value) !== "reverse") continue;
      found.add(value);
      const node = this.phases.producer(value);
      if (node !== undefined) open.push(...readsOf(node));
    }
    return found;
  }

  outer(value: Value): Value {
    if (this.phases.of(value) !== "fixed") return value;
    const known = this.hoisted.get(value);
    const node = this.phases.producer(value);
    if (known !== undefined || node === undefined) return known ?? value;
    for (const read of readsOf(node)) this.outer(read);
    this.g.append(copyNode(this.g, node, this.hoisted));
    return this.hoisted.get(value) ?? value;
  }

  stack(value: Value): Later {
    const known = this.stacks.get(value);
    if (known !== undefined) return known;
    const later = once(this.planStack(value));
    this.stacks.set(value, later);
    return later;
  }

  private planStack(value: Value): Later {
    const whole = this.wholeOf(value);
    if (whole !== undefined && whole.axis === 0 && !whole.backward) {
      const { whole: tensor } = whole;
      if (tensor !== undefined) return () => tensor;
    }
    if (this.phases.of(value) === "forward") {
      const stack = this.store(value);
      return () => stack;
    }
    const batched = this.core.has(value) ? undefined : batchedOverTime(this, value);
    return batched ?? this.emit(value, 0, false);
  }

  /** The tensor around that a value is a slice of. */
  private wholeOf(value: Value): Sliced | undefined {
    return this.fields.arriving.get(value) ?? this.it.scanned.find((s) => s.slice === value);
  }

  /** The values of all steps stacked along an axis, given by the reverse. */
  emit(value: Value, axis: number, backward: boolean): Later {
    const at = this.gives.push({ inside: value, axis, direction: backward ? 0 : 1 }) - 1;
    return () => this.given(this.fields.carried.length + this.sums.length + at);
  }

  carry(value: Value): Later {
    const at = this.sums.push(value) - 1;
    return () => this.given(this.fields.carried.length + at);
  }

  private given(at: number): Value {
    return this.outputs[at] ?? fail("internal", { expected: "an output of the reverse" });
  }

  /** A value of a forward step, given by the forward node for all steps. */
  private store(value: Value): Value {
    const known = this.stored.get(value) ?? this.alreadyStacked(value);
    if (known !== undefined) return known;
    const stack = Value.of(this.g.freshName(`${value.name}_steps`), value.dtype, [
      this.it.length,
      ...value.shape,
    ]);
    this.stored.set(value, stack);
    return stack;
  }

  private alreadyStacked(value: Value): Value | undefined {
    const same = (slice: Value): boolean => {
      if (slice === value) return true;
      const node = this.phases.producer(slice);
      const [x] = node?.inputs ?? [];
      return node?.opType === "Identity" && node.domain === "" && x !== undefined && same(x);
    };
    return this.it.stacked.find((s) => s.axis === 0 && !s.backward && s.whole !== undefined && same(s.slice))
      ?.whole;
  }

  /** What stands for a value in a step of the reverse. */
  private resolve(value: Value): Value {
    const phase = this.phases.of(value);
    if (phase === "outer" || phase === "fixed") return this.outer(value);
    const known = this.placed.get(value);
    if (known !== undefined) return known;
    const whole = this.wholeOf(value);
    if (whole?.whole !== undefined) return this.read(value, whole.whole, whole.axis, whole.backward);
    if (phase === "reverse") return value;
    const node = this.phases.producer(value);
    const again =
      this.fields.memory === "recompute" && node !== undefined && !this.phases.moved.includes(node);
    if (!again || node === undefined || isRandom(node)) return this.read(value, this.store(value), 0, false);
    for (const v of readsOf(node)) this.placed.set(v, this.resolve(v));
    this.r.append(copyNode(this.r, node, this.placed));
    return this.placed.get(value) ?? value;
  }

  private read(value: Value, whole: Value, axis: number, backward: boolean): Value {
    const input = new Value(this.r.freshName(`${value.name}_step`), value.type);
    this.reads.push({ inside: input, whole, axis, direction: backward ? 0 : 1 });
    this.placed.set(value, input);
    return input;
  }

  /** Append the reverse, and make the forward node give what it reads. */
  run(): readonly Value[] {
    const { carried, nodes } = this.fields;
    const { r, gives, sums } = this;
    const needed = this.ancestors([
      ...carried.flatMap((c) => c.output ?? []),
      ...sums,
      ...gives.map((e) => e.inside),
    ]);
    for (const node of nodes) {
      if (!node.outputs.some((v) => v !== undefined && needed.has(v))) continue;
      const read = new Map(readsOf(node).map((v) => [v, this.resolve(v)]));
      r.append(mapReads(node, (v) => read.get(v) ?? v));
    }
    const totals = sums.map((v) => new Value(r.freshName(`${v.name}_total`), v.type));
    const own = this.ownOutputs();
    const outputs = [
      ...carried.map((c) => own(c.output === undefined ? zerosLike(r, c.input) : this.resolve(c.output))),
      ...sums.map((v, i) => r.op1("Add", [totals[i], this.resolve(v)])),
      ...gives.map((e) => own(this.resolve(e.inside))),
    ];
    if (outputs.length > 0) {
      const starts = [...carried.map((c) => c.start), ...sums.map((v) => zerosLike(this.g, v))];
      this.append([...carried.map((c) => c.input), ...totals], starts, outputs);
    }
    this.extendForward();
    return this.outputs.slice(0, carried.length);
  }

  /** A graph's results are values of its own, each one once. */
  private ownOutputs(): (value: Value) => Value {
    const own = new Set<Value>();
    for (const node of this.r.built) for (const v of node.outputs) if (v !== undefined) own.add(v);
    return (value) => (own.delete(value) ? value : this.r.op1("Identity", [value]));
  }

  private append(inputs: readonly Value[], starts: readonly Value[], outputs: readonly Value[]): void {
    if (this.reads.length === 0) this.readSomething();
    const { reads, gives, g } = this;
    const body = new Graph({
      name: this.r.name,
      inputs: [...inputs, ...reads.map((s) => s.inside)],
      outputs,
      initializers: [],
      nodes: [...this.r.built],
    });
    const axes = (slices: readonly Slices[]) =>
      slices.every((s) => s.axis === 0) ? undefined : slices.map((s) => s.axis);
    this.outputs = g.op("Scan", [...starts, ...reads.map((s) => s.whole)], {
      body,
      num_scan_inputs: reads.length,
      scan_input_axes: axes(reads),
      scan_input_directions: reads.map((s) => s.direction),
      scan_output_axes: axes(gives),
      scan_output_directions: gives.length === 0 ? undefined : gives.map((s) => s.direction),
    });
  }

  /** A scan needs something to count its steps by. */
  private readSomething(): void {
    const [scanned] = this.it.scanned;
    const [first] = this.it.body.inputs;
    if (scanned?.whole !== undefined) this.read(scanned.slice, scanned.whole, scanned.axis, scanned.backward);
    else if (first !== undefined) this.read(first, this.store(first), 0, false);
  }

  private extendForward(): void {
    const { it, stored, phases } = this;
    const nodes = this.fields.nodes.slice(0, it.body.nodes.length);
    const changed = nodes.some((node, i) => node !== it.body.nodes[i]);
    if (stored.size === 0 && !changed) return;
    nodes.push(...phases.moved.filter((node) => node.outputs.some((v) => v !== undefined && stored.has(v))));
    const taken = new Set<Value>([...it.body.inputs, ...it.body.outputs]);
    const inner = this.g.inside(it.body.name, it.body.with({ nodes }));
    const outputs = [...stored.keys()].map((v) => (taken.has(v) ? inner.op1("Identity", [v]) : v));
    const body = it.body.with({ nodes: [...inner.built], outputs: [...it.body.outputs, ...outputs] });
    this.g.replace(it.node, it.withBody(it.node, body, [...stored.values()]));
  }
}

/** Zeros of a value's shape. */
export function zerosLike(g: Builder, value: Value): Value {
  const zero = g.scalar(0, value.dtype);
  if (value.rank === 0) return zero;
  const shape: Shape = value.shape;
  return g.op1("Expand", [zero, dim.isStatic(shape) ? g.i64(shape) : g.op1("Shape", [value])]);
}

function once(later: Later): Later {
  let value: Value | undefined;
  return () => {
    value ??= later();
    return value;
  };
}
