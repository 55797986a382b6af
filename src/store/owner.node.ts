import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import type { Fate, Owner } from "./owner.js";

/** This process. */
export function thisProcess(): Owner {
  return {
    pid: process.pid,
    host: hostname(),
    boot: textOr("", () => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    space: textOr("", () => readlinkSync("/proc/self/ns/pid")),
    started: look(process.pid)?.started ?? "",
  };
}

/** What has become of a process, as seen from this one. */
export function fateOf(owner: Owner, me: Owner): Fate {
  if (owner.host !== me.host) return "unknown";
  if (owner.boot !== me.boot) return "dead";
  if (owner.space !== me.space) return "unknown";
  const found = look(owner.pid);
  if (found === undefined) return "dead";
  return owner.started === "" || found.started === "" || found.started === owner.started ? "alive" : "dead";
}

/** A living process of this machine. One that has ended and is not yet collected counts as ended. */
function look(pid: number): { started: string } | undefined {
  if (process.platform === "linux") {
    const stat = textOr("", () => readFileSync(`/proc/${pid}/stat`, "utf8"));
    // proc(5): the name stands in parentheses and may hold any character; state is field 3, starttime 22.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (stat !== "")
      return fields[0] === "Z" || fields[0] === "X" ? undefined : { started: fields[19] ?? "" };
  }
  if (!exists(pid)) return undefined;
  const ps = () => execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
  return { started: process.platform === "linux" || process.platform === "win32" ? "" : textOr("", ps) };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: there is such a process, and it belongs to someone else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function textOr(otherwise: string, read: () => string): string {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
