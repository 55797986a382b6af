/** Tests that start worker processes or the binary need dist/; made once before all tests, never stale. */
import { fileURLToPath } from "node:url";

export async function setup(): Promise<void> {
  const builder: { ensureBuilt(root: string): Promise<string | undefined> } = await import(
    new URL("../scripts/build.js", import.meta.url).href
  );
  const problem = await builder.ensureBuilt(fileURLToPath(new URL("..", import.meta.url)));
  if (problem !== undefined) throw new Error(problem);
}
