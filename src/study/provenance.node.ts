import { readFile } from "node:fs/promises";
import { arch, availableParallelism, cpus, platform, release } from "node:os";
import { ortVersion } from "../runtime/index.js";
import type { StudyConfig } from "./config.js";

/** By what, on what and when a study was begun. */
export async function provenance(): Promise<StudyConfig["provenance"]> {
  return {
    morphospace: await packageVersion(),
    onnxruntime: await ortVersion(),
    node: process.version,
    platform: `${platform()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    started: new Date().toISOString(),
  };
}

/** Version of this package, from the nearest package.json above this file. */
async function packageVersion(): Promise<string> {
  const file = new URL("../../package.json", import.meta.url);
  const parsed: { version?: unknown } = JSON.parse(await readFile(file, "utf8"));
  return typeof parsed.version === "string" ? parsed.version : "unknown";
}
