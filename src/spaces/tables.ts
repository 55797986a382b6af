import { type Issue, issue } from "../base/index.js";
import type { Problem } from "../train/index.js";

/** `accepts` of spaces for tables and plain arrays. */
export function tablesOnly(name: string): (problem: Problem) => Issue | undefined {
  return ({ preprocessing }) =>
    preprocessing.kind !== "image"
      ? undefined
      : issue("space_input", {
          path: name,
          expected: "a table or plain vectors",
          received: "images",
          hint: "use --space mobile-cnn",
        });
}
