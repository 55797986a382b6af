/** What one paper of the catalogue is, in our own words, and what of it is here. */

/** The closed list of what a paper is about; one paper may be several. */
export const KINDS = [
  "space",
  "strategy",
  "predictor",
  "architecture",
  "representation",
  "compression",
  "training",
  "generation",
  "language",
  "hardware",
  "survey",
  "benchmark",
  "analysis",
] as const;
export type Kind = (typeof KINDS)[number];

/** How much of the system is in this package: all that its card describes, some of it, or none. */
export const STATUSES = ["implemented", "partial", "absent"] as const;
export type Status = (typeof STATUSES)[number];

/** Something that a room of this package shows: `strategies.tournament`. A test resolves every one. */
export type Link = `${string}.${string}`;

export interface CardText {
  /** Number in the catalogue, 1 to 119. */
  readonly id: number;
  readonly title: string;
  /** Names as they are commonly cited. */
  readonly authors: string;
  readonly year: number;
  /** Number at arXiv. */
  readonly arxiv?: string;
  /** Conference or journal, where it has appeared in one. */
  readonly venue?: string;
  readonly kinds: readonly [Kind, ...Kind[]];
  /** What it is, for somebody who has not read it. */
  readonly summary: string;
  /** How it works. */
  readonly mechanism: string;
  /** What the authors report, a line each. */
  readonly claims: readonly string[];
  readonly here: {
    readonly status: Status;
    /** The parts of this package that do it, or that it would be built from where it is absent. */
    readonly links: readonly Link[];
    /** What is here and what is not. */
    readonly note?: string;
    /** A command that runs it. */
    readonly run?: string;
  };
  /** Where our form departs from the paper. */
  readonly differences?: string;
  /** What it is tried on. */
  readonly data: string;
}

export type Card = CardText;

/** Declare a card: one file `NNN-slug/card.ts` each; `node scripts/papers-index.js` takes it up. */
export function defineCard(card: CardText): Card {
  return card;
}

/** Everything that a card says, as one text. */
export function textOfCard(card: Card): string {
  const { title, summary, mechanism, claims, here, differences, data } = card;
  return [title, summary, mechanism, ...claims, here.note ?? "", differences ?? "", data].join("\n");
}

/** Authors, year and place in a line. */
export function citationOf({ authors, year, venue, arxiv }: Card): string {
  const place = venue === undefined ? `${year}` : /\d{4}$/.test(venue) ? venue : `${venue} ${year}`;
  return `${authors}, ${place}${arxiv === undefined ? "" : `, arXiv:${arxiv}`}`;
}
