import { readFile } from "node:fs/promises";
import type { Json } from "../base/index.js";
import { loadModel } from "../onnx/index.js";
import { writeArtifact } from "../store/index.js";
import type { SearchDocument } from "../study/index.js";
import { renderReport } from "./html.js";

/** Render a study's report beside its network and card, and put it in its place whole or not at all. */
export async function writeReport(document: SearchDocument, outFile: string): Promise<void> {
  const { best } = document;
  if (best === null) {
    await writeArtifact(outFile, renderReport(document));
    return;
  }
  const [model, card] = await Promise.all([loadModel(best.onnx), readFile(best.card, "utf8")]);
  const parsed: Json = JSON.parse(card);
  await writeArtifact(outFile, renderReport(document, { model, genotype: best.genotype, card: parsed }));
}
