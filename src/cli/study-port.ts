/** How commands reach the study room: imported when it is needed, so that `morph --help` starts at once. */
import type { SearchDocument } from "../study/types.js";

export type { ResumeOptions, SearchOptions, Study } from "../study/index.js";

export type StudyRoom = typeof import("../study/index.js");

export function studyRoom(): Promise<StudyRoom> {
  return import("../study/index.js");
}

/** The report of a finished search, put beside its network. */
export async function writeReport(document: SearchDocument, outFile: string): Promise<void> {
  const room = await import("../report/index.js");
  await room.writeReport(document, outFile);
}
