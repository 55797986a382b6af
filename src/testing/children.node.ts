import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Process ids of a process's children that live now. */
export function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return text.split(" ").filter(Boolean).map(Number);
  } catch {
    // No such file: the process has ended, or this system has no /proc.
  }
  if (process.platform === "linux") return [];
  const rows = execFileSync("ps", ["-A", "-o", "pid=", "-o", "ppid="], { encoding: "utf8" }).split("\n");
  return rows.flatMap((row) => {
    const [child = 0, parent = 0] = row.trim().split(/\s+/).map(Number);
    return parent === pid ? [child] : [];
  });
}
