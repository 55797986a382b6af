/** Any failure as one line with cause and cure, and the exit code that belongs to it. */
import { ExitCode, formatIssue, issue, MorphError, messageOf } from "../base/index.js";
import { oneLine } from "./terminal.js";

export interface Failure {
  readonly line: string;
  readonly exitCode: ExitCode;
}

/** What Node says of files, in words that help. */
const SYSTEM: Readonly<Record<string, { readonly code: string; readonly hint: string }>> = {
  ENOENT: { code: "not_found", hint: "check the path; it is read from the current folder" },
  ENOTDIR: { code: "not_a_folder", hint: "a part of the path is a file" },
  EISDIR: { code: "is_a_folder", hint: "give the path of a file" },
  EACCES: { code: "no_permission", hint: "change the permissions, or choose another path" },
  EPERM: { code: "no_permission", hint: "change the permissions, or choose another path" },
  EROFS: { code: "read_only", hint: "choose a folder that can be written to" },
  ENOSPC: { code: "disk_full", hint: "free some space, then run the command again" },
  EDQUOT: { code: "disk_full", hint: "the quota is used up: free some space, then run the command again" },
  EMFILE: { code: "too_many_open_files", hint: "raise the limit with ulimit -n" },
  ENOMEM: { code: "out_of_memory", hint: "use fewer workers or a smaller data set" },
};

/**
 * `interrupted` says that the user asked for the end: then whatever came up on the way out is no failure of
 * its own.
 */
export function describeFailure(error: unknown, interrupted = false): Failure {
  if (error instanceof MorphError) return { line: oneLine(error.message), exitCode: error.exitCode };
  if (interrupted && isAbort(error)) return { line: "interrupted", exitCode: ExitCode.interrupted };
  if (error instanceof AggregateError && error.errors.length > 0) {
    return describeFailure(error.errors[0], interrupted);
  }
  const system = systemError(error);
  if (system !== undefined) return { line: oneLine(system), exitCode: ExitCode.failure };
  const unexpected = formatIssue(
    issue("unexpected", {
      received: messageOf(error) || "an error without a message",
      hint: "run again with --debug to see where, and report it as a bug",
    }),
  );
  return { line: oneLine(unexpected), exitCode: ExitCode.failure };
}

/** The stack and the causes, for `--debug`. */
export function stackOf(error: unknown): string {
  const parts: string[] = [];
  for (let it: unknown = error; it !== undefined && it !== null && parts.length < 8; ) {
    parts.push(it instanceof Error ? (it.stack ?? String(it)) : String(it));
    it = it instanceof Error ? it.cause : undefined;
  }
  return parts.join("\ncaused by: ");
}

export function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === "AbortError" || error.name === "Interrupted");
}

function systemError(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  const known = Object.hasOwn(SYSTEM, error.code) ? SYSTEM[error.code] : undefined;
  if (known === undefined) return undefined;
  const path = "path" in error && typeof error.path === "string" ? error.path : undefined;
  return formatIssue(issue(known.code, { path, hint: known.hint }));
}
