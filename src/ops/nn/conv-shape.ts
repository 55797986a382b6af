import { type Dim, dim, type Issue, isIssue, issue } from "../../base/index.js";
import type { Arg } from "../define.js";
import { type WindowAttributes, windowRule } from "./window.js";

/** Shape [N, M, spatial...] of a convolution of x [N, C, spatial...] with w [M, C/group, kernel...]; or what is wrong. */
export function convShape(
  x: Arg,
  w: Arg,
  b: Arg | undefined,
  attrs: WindowAttributes & { readonly group: number },
): Dim[] | Issue {
  const [n, c] = x.shape;
  const [m, perGroup, ...kernel] = w.shape;
  if (n === undefined || c === undefined || m === undefined || perGroup === undefined) {
    return issue("conv_rank", {
      expected: "x [N, C, spatial...] and w [M, C/group, kernel...]",
      received: `${dim.format(x.shape)} and ${dim.format(w.shape)}`,
    });
  }
  if (!dim.isStatic(kernel)) {
    return issue("conv_kernel", { expected: "a static kernel", received: dim.format(w.shape) });
  }
  if (!(attrs.group >= 1) || dim.conflict(c, dim.mul(perGroup, attrs.group))) {
    return issue("conv_channels", {
      expected: `${perGroup} channels in each of ${attrs.group} groups`,
      received: `${c} channels`,
      hint: "give w as [M, C/group, kernel...] and set group",
    });
  }
  if (typeof m === "number" && m % attrs.group !== 0) {
    return issue("conv_group", {
      expected: `filters in ${attrs.group} equal groups`,
      received: `${m} filters`,
    });
  }
  if (b !== undefined && (b.shape.length !== 1 || dim.conflict(b.shape[0] ?? 1, m))) {
    return issue("conv_bias", { expected: `a bias of shape [${m}]`, received: dim.format(b.shape) });
  }
  if (attrs.kernel_shape !== undefined && attrs.kernel_shape.join() !== kernel.join()) {
    return issue("conv_kernel", {
      expected: `kernel_shape [${kernel}]`,
      received: `[${attrs.kernel_shape}]`,
    });
  }
  const rule = windowRule(attrs, x.shape.slice(2), kernel);
  return isIssue(rule) ? rule : [n, m, ...rule.output];
}
