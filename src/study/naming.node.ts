import type { Json } from "../base/index.js";
import type { StudyStore } from "../store/index.js";
import { codeOf } from "./jobs.js";

/** Under the name that was given, or under `mnist-1`, `mnist-2`, …: the first that is free. */
export async function createStudy(
  store: StudyStore,
  given: string | undefined,
  data: string,
  config: Json,
): Promise<string> {
  const stem =
    data
      .replace(/\.[^.]+$/, "")
      .replace(/[^A-Za-z0-9_-]+/g, "-")
      .replace(/^-+|-+$/g, "") || "study";
  const taken = new Set(given === undefined ? (await store.studies()).map((it) => it.name) : []);
  for (let i = 1; ; i++) {
    const name = given ?? `${stem}-${i}`;
    if (taken.has(name)) continue;
    try {
      await store.create(name, config);
      return name;
    } catch (error) {
      // Another search may have taken the name meanwhile.
      if (given !== undefined || codeOf(error) !== "study_exists") throw error;
    }
  }
}
