import { ExitCode, fail } from "../base/index.js";
import type { Card, Kind, Status } from "./card.js";
import { PAPERS, type Paper } from "./catalogue.gen.js";

export type { Paper } from "./catalogue.gen.js";

/** All papers in the order of their numbers; those of a kind or a status, where asked for. */
export function listPapers(
  filter: { readonly kind?: Kind; readonly status?: Status } = {},
): readonly Paper[] {
  return PAPERS.filter(({ card }) => matches(card, filter));
}

export function matches(card: Card, { kind, status }: { kind?: Kind; status?: Status }): boolean {
  return (
    (kind === undefined || card.kinds.includes(kind)) && (status === undefined || card.here.status === status)
  );
}

/** The paper of a number; a usage error where there is none. */
export function paperOf(id: number): Paper {
  return (
    PAPERS.find(({ card }) => card.id === id) ??
    fail(
      "unknown_paper",
      {
        path: String(id),
        expected: `a number from 1 to ${PAPERS.length}`,
        hint: "see the list that morph papers prints",
      },
      { exitCode: ExitCode.usage },
    )
  );
}
