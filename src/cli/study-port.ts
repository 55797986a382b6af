/** What the command line asks of the study room, and how it finds it. */
import { fail } from "../base/index.js";
import type { Limits, SearchDocument, StudyProgress, StudyStatus } from "../study/types.js";

export interface SearchOptions {
  readonly data?: string;
  /** Column to predict, for tables. */
  readonly target?: string;
  readonly space?: string;
  readonly strategy?: string;
  readonly trials?: number;
  readonly timeMs?: number;
  readonly limits: Limits;
  readonly seed?: number;
  readonly workers?: number;
  /** Name of the study; made of the data's name where absent. */
  readonly study?: string;
  /** Folder that holds the studies. */
  readonly dir?: string;
  readonly signal?: AbortSignal;
}

export interface ResumeOptions {
  readonly dir?: string;
  readonly trials?: number;
  readonly timeMs?: number;
  readonly workers?: number;
  readonly signal?: AbortSignal;
}

export interface Study extends AsyncDisposable {
  readonly name: string;
  readonly dir: string;
  run(options?: { readonly signal?: AbortSignal }): AsyncIterable<StudyProgress>;
  status(): StudyStatus;
  document(): SearchDocument | Promise<SearchDocument>;
}

export interface StudyRoom {
  search(options: SearchOptions): Promise<Study>;
  resumeStudy(nameOrDir: string, options?: ResumeOptions): Promise<Study>;
  readStudy(nameOrDir: string, options?: { readonly dir?: string }): Promise<SearchDocument>;
  listStudies(dir?: string): Promise<readonly StudySummary[]>;
  exportBest(nameOrDir: string, outFile?: string, options?: { readonly dir?: string }): Promise<string>;
}

export interface StudySummary {
  readonly name: string;
  readonly dir: string;
  readonly state: SearchDocument["state"];
  readonly trials: number;
  readonly best: number | null;
  readonly data: string;
  readonly started: string;
}

/** Loads a room of a higher floor that the build may lack. */
export async function loadRoom<Room>(specifier: string, what: string): Promise<Room> {
  try {
    const room: Room = await import(specifier);
    return room;
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
    if (missing && error.message.includes(specifier.replaceAll("../", "/"))) {
      return fail("not_in_this_build", { path: what, hint: "this version of morph cannot do it yet" });
    }
    throw error;
  }
}

export function studyRoom(): Promise<StudyRoom> {
  return loadRoom<StudyRoom>("../study/index.js", "studies");
}
