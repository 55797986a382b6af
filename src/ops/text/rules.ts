import { type Issue, issue } from "../../base/index.js";
import type { Arg } from "../define.js";
import type { RefTensor } from "../reference.js";

export function stringIssue(x: Arg): Issue | undefined {
  return x.dtype === "string"
    ? undefined
    : issue("text_dtype", { expected: "a tensor of strings", received: x.dtype });
}

/** One string of a tensor. */
export function textAt(x: RefTensor, at: number): string {
  return x.text?.[at] ?? "";
}
