import { didYouMean, ExitCode, fail } from "../base/index.js";

/** How long a study's name may be. It can be the name of a directory. */
const MAX_NAME = 100;

/** @throws `study_name` */
export function checkName(name: string): void {
  if (name.length <= MAX_NAME && /^[\p{L}\p{N}_][\p{L}\p{N} ._+-]*$/u.test(name) && !/[. ]$/.test(name))
    return;
  fail(
    "study_name",
    {
      path: JSON.stringify(name.slice(0, MAX_NAME)),
      expected: `1 to ${MAX_NAME} letters, digits and . _ + - or spaces between, beginning with a letter or digit`,
    },
    { exitCode: ExitCode.usage },
  );
}

export function studyExists(name: string): never {
  return fail("study_exists", {
    path: name,
    hint: `resume it with morph resume ${name}, or choose another name`,
  });
}

/** The names are those that there are; a few of them are listed. */
export function unknownStudy(name: string, known: readonly string[]): never {
  const near = didYouMean(name, known);
  const few = known.slice(0, 10).join(", ");
  return fail(
    "unknown_study",
    {
      path: name,
      expected:
        known.length === 0
          ? "a study, and there is none yet"
          : `one of ${few}${known.length > 10 ? ", ..." : ""}`,
      hint: near ? `did you mean ${near}?` : "morph list shows all studies",
    },
    { exitCode: ExitCode.usage },
  );
}

export function studyInUse(name: string, owner: string, hint: string): never {
  return fail("study_in_use", { path: name, expected: "no other process writing", received: owner, hint });
}

export function leaseLost(name: string): never {
  return fail("lease_lost", {
    path: name,
    expected: "this process to be the study's writer",
    received: "another one that took over",
    hint: "stop here; the study goes on elsewhere",
  });
}
