/** Writes the report of a study with its winner's graph. */
import { readFile } from "node:fs/promises";
import type { Json } from "../base/index.js";
import type { BestDocument, SearchDocument } from "../study/index.js";

/** One self-contained HTML file, written whole or not at all. */
export async function writeReport(
  document: SearchDocument,
  file: string,
  signal?: AbortSignal,
): Promise<void> {
  const [{ renderReport }, { writeArtifact }] = await Promise.all([
    import("../report/index.js"),
    import("../store/index.js"),
  ]);
  const winner = document.best === null ? undefined : await winnerOf(document.best, signal);
  await writeArtifact(file, renderReport(document, winner), signal);
}

async function winnerOf({ onnx, card, genotype }: BestDocument, signal?: AbortSignal) {
  const { loadModel } = await import("../onnx/index.js");
  const contents: Json = JSON.parse(await readFile(card, "utf8"));
  return { model: await loadModel(onnx, { signal }), genotype, card: contents };
}
