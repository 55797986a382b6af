/** Finding the study that is meant where none is named. */
import { fail } from "../base/index.js";

/** The name that was given, or that of the study that began last. */
export async function namedOrNewest(given: string | undefined, dir: string | undefined): Promise<string> {
  if (given !== undefined) return given;
  const { listStudies } = await import("../study/index.js");
  const [newest] = [...(await listStudies(dir))].sort((a, b) => (a.started < b.started ? 1 : -1));
  return (
    newest?.name ??
    fail("no_studies", { path: dir ?? ".morph", hint: "morph search makes one; --dir names another folder" })
  );
}
