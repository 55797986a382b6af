import { basename, dirname, resolve } from "node:path";

/** A study by its name in a folder of studies, or by its own folder. */
export function locate(nameOrDir: string, dir?: string): { dir: string; name: string } {
  if (dir === undefined && /[\\/]/.test(nameOrDir)) {
    const path = resolve(nameOrDir);
    return { dir: dirname(path), name: basename(path) };
  }
  return { dir: resolve(dir ?? ".morph"), name: nameOrDir };
}
