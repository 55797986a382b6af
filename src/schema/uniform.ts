/** Drawing uniformly over all distinct genotypes of a finite space, by counting. */
import { fail, type Rng } from "../base/index.js";
import { type Count, ONE, times, ZERO } from "./count.js";
import { Counter } from "./counter.js";
import { enter, minDepth } from "./depth.js";
import { openAlternatives } from "./enumerate.js";
import { resolve } from "./rule.js";
import { draw, drawExhaustively, drawState } from "./sample.js";
import type { Field, Node, ObjectNode, RepeatNode } from "./types.js";
import { check } from "./validate.js";

const TOP = Number.POSITIVE_INFINITY;
const TRIES = 10_000;
const counters = new WeakMap<Node, Counter>();

/** A genotype of the root node, every one equally likely. */
export function drawUniform(node: Node, rng: Rng): unknown {
  let counter = counters.get(node);
  if (counter === undefined) {
    counter = new Counter({ refinements: false });
    counters.set(node, counter);
  }
  counter.begin();
  const total = counter.of(node, undefined, TOP);
  if (total.continuous) {
    fail("space_not_finite", {
      expected: "a finite space",
      received: "one with reals",
      hint: "draw by weights, or declare a grid with s.int or s.oneOf",
    });
  }
  if (!total.exact) notCountable();
  if (total.log10 > Number.NEGATIVE_INFINITY) {
    for (let tries = 0; tries < TRIES; tries++) {
      counter.begin();
      const value = pull(node, rng, undefined, TOP, counter);
      // Counts ignore refinements: what fails one is drawn again as a whole, which keeps the law uniform.
      if (check(node, value, undefined, TOP) === undefined) return value;
    }
  }
  return drawExhaustively(node, rng, `${TRIES} genotypes drawn, none kept`);
}

function notCountable(): never {
  return fail("space_not_countable", {
    expected: "a space whose genotypes can be counted",
    received: "conditions on too many assignments of earlier decisions",
    hint: "draw by weights",
  });
}

function pull(node: Node, rng: Rng, context: unknown, left: number, counter: Counter): unknown {
  switch (node.kind) {
    case "choice": {
      const open = openAlternatives(node, context, left);
      const counts = open.map((it) => (it.kind === "value" ? ONE : counter.object(it.body, context, left)));
      const chosen = open[pickCount(rng, counts)];
      if (chosen === undefined) return notCountable();
      if (chosen.kind === "value") return chosen.name;
      return pullObject(chosen.body, { [chosen.tag]: chosen.name }, rng, context, left, counter);
    }
    case "object":
      return pullObject(node, {}, rng, context, left, counter);
    case "int":
      return node.min + rng.int(node.count) * node.step;
    case "real":
    case "subset":
      return draw({ ...node, refinements: [] }, rng, context, left, drawState());
    case "repeat":
      return node.context
        ? pullChain(node, rng, context, left, counter)
        : pullList(node, rng, context, left, counter);
    case "lazy":
      return pull(node.inner(), rng, context, enter(node, left), counter);
    case "bind":
      return pull(node.inner, rng, node.context, left, counter);
  }
}

function pullObject(
  node: ObjectNode,
  out: Record<string, unknown>,
  rng: Rng,
  context: unknown,
  left: number,
  counter: Counter,
): unknown {
  for (const [i, field] of node.fields.entries()) {
    const active = resolve(field.rule, out, context);
    if (active === undefined) continue;
    out[field.name] = field.pivot
      ? pullPivot(node.fields, i, active.node, active.context, out, rng, context, left, counter)
      : pull(active.node, rng, active.context, left, counter);
  }
  return out;
}

/** A value that later fields depend on: as likely as it has completions. */
function pullPivot(
  fields: readonly Field[],
  index: number,
  node: Node,
  inside: unknown,
  before: Readonly<Record<string, unknown>>,
  rng: Rng,
  context: unknown,
  left: number,
  counter: Counter,
): unknown {
  const name = fields[index]?.name ?? "";
  counter.begin();
  const values = counter.values(node, inside, left) ?? notCountable();
  const completions = values.map(
    (value) =>
      counter.fields(fields, index + 1, { ...before, [name]: value }, context, left) ?? notCountable(),
  );
  return values[pickCount(rng, completions)];
}

function pullList(node: RepeatNode, rng: Rng, context: unknown, left: number, counter: Counter): unknown[] {
  const item = minDepth(node.item) > left ? ZERO : counter.of(node.item, context, left);
  const counts: Count[] = [];
  let power = ONE;
  for (let length = 0; length <= node.max && power.big !== 0n; length++) {
    counts.push(length < node.min ? ZERO : power);
    power = times(power, item);
  }
  return Array.from({ length: pickCount(rng, counts) }, () => pull(node.item, rng, context, left, counter));
}

function pullChain(node: RepeatNode, rng: Rng, context: unknown, left: number, counter: Counter): unknown[] {
  const out: unknown[] = [];
  for (;;) {
    const stop = out.length >= node.min ? ONE : ZERO;
    if (out.length === node.max || minDepth(node.item) > left) return out;
    counter.begin();
    const values = counter.values(node.item, node.context?.(out, context), left) ?? notCountable();
    const counts = values.map(
      (value) => counter.chain(node, [...out, value], context, left) ?? notCountable(),
    );
    const i = pickCount(rng, [stop, ...counts]);
    if (i === 0) return out;
    out.push(values[i - 1]);
  }
}

/** Index drawn in proportion to counts: exactly where they are carried in full, else to 53 bits. */
function pickCount(rng: Rng, counts: readonly Count[]): number {
  let total = 0n;
  for (const { big } of counts) {
    if (big === undefined) {
      const top = Math.max(...counts.map((it) => it.log10));
      return rng.weighted(counts.map((it) => 10 ** (it.log10 - top)));
    }
    total += big;
  }
  if (total === 0n) return notCountable();
  let rest = below(rng, total);
  return counts.findIndex(({ big = 0n }) => {
    rest -= big;
    return rest < 0n;
  });
}

/** Uniform in [0, n) by rejection. */
function below(rng: Rng, n: bigint): bigint {
  const bits = n.toString(2).length;
  for (;;) {
    let x = 0n;
    for (let got = 0; got < bits; got += 32) x = (x << 32n) | BigInt(rng.uint32());
    x &= (1n << BigInt(bits)) - 1n;
    if (x < n) return x;
  }
}
