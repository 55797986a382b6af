/** Finding the files of an installed npm package. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fail } from "../base/index.js";

/** The folder `inside`, relative to a module that the package exports. Errors: `package_missing`. */
export function packageFolder(name: string, exported: string, inside: string): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(exported)), inside);
  } catch (error) {
    return fail("package_missing", { path: name, hint: `run: npm install ${name}` }, { cause: error });
  }
}
