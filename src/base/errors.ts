/**
 * Errors as data. Rules return an {@link Issue}; borders add the path and throw a {@link MorphError}.
 * Printed as one line: *code at path: expected X, received Y. Hint.*
 */
export interface Issue {
  /** Stable, machine-readable name in snake_case, e.g. `matmul_inner`. */
  readonly code: string;
  /** Where: a node, a file and line, a decision, an option. */
  readonly path?: string;
  readonly expected?: string;
  readonly received?: string;
  /** The next step for the person who reads it. */
  readonly hint?: string;
}

/** Exit codes of the command line (a stable contract). */
export const ExitCode = {
  ok: 0,
  failure: 1,
  usage: 2,
  nothingFeasible: 3,
  budgetSpent: 4,
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

const ISSUE = Symbol.for("morphospace.issue");

/** A rule's refusal. Distinguishable from any other return value by {@link isIssue}. */
export function issue(code: string, fields: Omit<Issue, "code"> = {}): Issue {
  return { [ISSUE]: true, code, ...fields } as Issue;
}

/** Recognised by a shared symbol, so that two copies of the package agree. */
export function isIssue(value: unknown): value is Issue {
  return typeof value === "object" && value !== null && ISSUE in value;
}

/** One line with cause and cure. */
export function formatIssue(it: Issue): string {
  const where = it.path ? ` at ${it.path}` : "";
  const what = [it.expected && `expected ${it.expected}`, it.received && `received ${it.received}`]
    .filter(Boolean)
    .join(", ")
    // What others say of an error may run over several lines; an issue is one.
    .replace(/\s*[\r\n\u2028\u2029]+\s*/g, " ");
  const hint = it.hint ? `${it.hint.charAt(0).toUpperCase()}${it.hint.slice(1)}` : "";
  const sentences = [what, hint].filter(Boolean).map((text) => (/[.!?]$/.test(text) ? text : `${text}.`));
  return `${it.code}${where}${sentences.length > 0 ? `: ${sentences.join(" ")}` : ""}`;
}

export interface MorphErrorOptions {
  /** Exit code that the command line ends with; 1 where nothing else is said. */
  exitCode?: ExitCode;
  cause?: unknown;
}

/** The only error class that the library throws on purpose. */
export class MorphError extends Error {
  override readonly name = "MorphError";
  readonly issue: Issue;
  readonly exitCode: ExitCode;

  constructor(it: Issue, options: MorphErrorOptions = {}) {
    super(formatIssue(it), options.cause === undefined ? undefined : { cause: options.cause });
    this.issue = it;
    this.exitCode = options.exitCode ?? ExitCode.failure;
  }

  get code(): string {
    return this.issue.code;
  }
}

/** Throw a {@link MorphError} made of code and fields. */
export function fail(code: string, fields: Omit<Issue, "code"> = {}, options: MorphErrorOptions = {}): never {
  throw new MorphError(issue(code, fields), options);
}

/** Unwrap a rule's result: throws where it is an issue, with the path put before the issue's own. */
export function unwrap<T>(result: T | Issue, path?: string): T {
  if (!isIssue(result)) return result;
  const joined = [path, result.path].filter(Boolean).join("/");
  throw new MorphError(issue(result.code, { ...result, path: joined || undefined }));
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** For values that the code has just made certain of; the text says what was certain. */
export function defined<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) {
    throw new MorphError(
      issue("internal", { expected: what, received: String(value), hint: "report this as a bug" }),
    );
  }
  return value;
}

/** Names nearest to a mistyped one (Levenshtein distance at most a third of its length, at least 2). */
export function didYouMean(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const d = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (d < bestDistance) {
      best = candidate;
      bestDistance = d;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** A usage error for a name that is not in a list, with the nearest one and all others. */
export function unknownName(kind: string, name: string, known: readonly string[]): never {
  const near = didYouMean(name, known);
  return fail(
    `unknown_${kind}`,
    {
      path: name,
      expected: `one of ${known.join(", ")}`,
      hint: near ? `did you mean ${near}?` : undefined,
    },
    { exitCode: ExitCode.usage },
  );
}
