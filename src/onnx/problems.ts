import { fail, issue, MorphError, messageOf } from "../base/index.js";

/** Bytes that are not what the format says. */
export function corrupt(path: string, received: string, hint?: string, expected?: string): never {
  return fail("onnx_corrupt", {
    path,
    expected,
    received,
    hint: hint ?? "the file is damaged or cut short: copy or export it again",
  });
}

/** Readable bytes that do not describe a legal graph. */
export function invalid(path: string, received: string, hint?: string, expected?: string): never {
  return fail("onnx_invalid", {
    path,
    expected,
    received,
    hint: hint ?? "export the model again; the program that wrote it made an illegal graph",
  });
}

/**
 * Run a step that reads or writes a file's contents. Whatever it throws leaves as one
 * {@link MorphError}, whose path begins with the file's name where one is given.
 */
export function guarded<T>(code: string, source: string | undefined, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw withSource(code, source, error);
  }
}

/** The error with the file's name put before its path; foreign errors become a {@link MorphError} first. */
export function withSource(code: string, source: string | undefined, error: unknown): MorphError {
  if (!(error instanceof MorphError)) {
    return new MorphError(
      issue(code, {
        path: source,
        received: messageOf(error),
        hint: code === "onnx_corrupt" ? "the file is damaged, or nests deeper than can be read" : undefined,
      }),
      { cause: error },
    );
  }
  if (source === undefined || error.issue.path?.startsWith(source)) return error;
  const path = error.issue.path ? `${source}: ${error.issue.path}` : source;
  return new MorphError(issue(error.code, { ...error.issue, path }), {
    cause: error.cause,
    exitCode: error.exitCode,
  });
}
