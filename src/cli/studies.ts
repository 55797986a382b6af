/** Finding the study that is meant where none is named. */
import { ExitCode, fail } from "../base/index.js";
import type { StudyRoom } from "./study-port.js";

/** Name of the study that began last. */
export async function newestStudy(room: StudyRoom, dir: string | undefined): Promise<string> {
  const studies = await room.listStudies(dir);
  const [newest] = [...studies].sort((a, b) => (a.started < b.started ? 1 : -1));
  if (newest === undefined) {
    return fail(
      "no_studies",
      { path: dir ?? ".morph", hint: "morph search makes one; --dir names another folder" },
      { exitCode: ExitCode.failure },
    );
  }
  return newest.name;
}
