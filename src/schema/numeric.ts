/** Numbers on the unit interval, linear or logarithmic: shared by drawing, stepping, encoding, distance. */
import type { IntNode, RealNode } from "./types.js";

/** Position of a value within its range, 0 to 1 (0 where the range is one point). */
export function toUnit(node: IntNode | RealNode, value: number): number {
  if (node.max <= node.min) return 0;
  const unit = node.log
    ? Math.log(value / node.min) / Math.log(node.max / node.min)
    : (value - node.min) / (node.max - node.min);
  return Math.min(1, Math.max(0, unit));
}

/** The (nearest) value at a position. */
export function fromUnit(node: IntNode | RealNode, unit: number): number {
  const u = Math.min(1, Math.max(0, unit));
  const raw = node.log
    ? node.min * Math.exp(u * Math.log(node.max / node.min))
    : node.min + u * (node.max - node.min);
  return node.kind === "int" ? nearest(node, raw) : Math.min(node.max, Math.max(node.min, raw));
}

/** The value of an int's lattice nearest to a number. */
export function nearest(node: IntNode, value: number): number {
  const k = Math.round((value - node.min) / node.step);
  return node.min + Math.min(node.count - 1, Math.max(0, k)) * node.step;
}

/** Position in the lattice, or -1 where the value is none of it. */
export function latticeIndex(node: IntNode, value: number): number {
  if (!(value >= node.min && value <= node.max)) return -1;
  const k = (value - node.min) / node.step;
  return Number.isInteger(k) && Number.isInteger(value) ? k : -1;
}
