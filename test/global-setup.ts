import { ensureBuilt } from "../scripts/build.js";

/** Tests that start processes use dist/: it is made once, before any of them, where it does not match src/. */
export async function setup(): Promise<void> {
  const problem = await ensureBuilt();
  if (problem !== undefined) throw new Error(problem);
}
