/** Finding studies; a folder in which nothing was ever searched simply holds none. */
import { fail, MorphError } from "../base/index.js";
import type { StudyInfo } from "../study/index.js";

export async function studiesOf(dir: string | undefined): Promise<readonly StudyInfo[]> {
  const { listStudies } = await import("../study/index.js");
  try {
    return await listStudies(dir);
  } catch (error) {
    if (error instanceof MorphError && error.code === "store_missing" && dir === undefined) return [];
    throw error;
  }
}

/** The name that was given, or that of the study that began last. */
export async function namedOrNewest(given: string | undefined, dir: string | undefined): Promise<string> {
  if (given !== undefined) return given;
  const [newest] = [...(await studiesOf(dir))].sort((a, b) => (a.started < b.started ? 1 : -1));
  return (
    newest?.name ??
    fail("no_studies", {
      path: dir ?? ".morph",
      hint: "begin one with morph search, or name a folder with --dir",
    })
  );
}
