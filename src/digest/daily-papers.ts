import { fail } from "../base/index.js";
import { entryOf, type Feed, MAX_ENTRIES, withoutRepeats } from "./entry.js";

/**
 * The daily papers of Hugging Face as JSON: an array of `{paper: {id, title, summary, authors, upvotes, publishedAt},
 * publishedAt, numComments}`. An entry that lacks an id, a title or a date is counted and left out.
 * @throws `feed_malformed`, `feed_foreign`
 */
export function parseDailyPapers(text: string): Feed {
  const list = parseJson(text);
  if (!Array.isArray(list)) {
    return fail("feed_foreign", {
      expected: "an array of papers",
      received: list === null ? "null" : `a JSON ${typeof list}`,
      hint: "give the address of a list of daily papers or of an Atom feed",
    });
  }
  const items: readonly unknown[] = list.slice(0, MAX_ENTRIES);
  const entries = items.flatMap((item) => {
    const outer = fieldsOf(item);
    const paper = fieldsOf(outer.paper);
    const authors: readonly unknown[] = Array.isArray(paper.authors) ? paper.authors : [];
    const entry = entryOf({
      id: paper.id,
      title: paper.title ?? outer.title,
      summary: paper.summary ?? outer.summary,
      authors: authors.map((author) => fieldsOf(author).name),
      votes: paper.upvotes,
      comments: outer.numComments,
      published: outer.publishedAt ?? paper.publishedAt,
    });
    return entry === undefined ? [] : [entry];
  });
  if (items.length > 0 && entries.length === 0) {
    fail("feed_foreign", {
      expected: "papers with id, title and publishedAt",
      received: `${items.length} items without`,
      hint: "give the address of a list of daily papers or of an Atom feed",
    });
  }
  return { format: "daily-papers", entries: withoutRepeats(entries), skipped: list.length - entries.length };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return fail(
      "feed_malformed",
      {
        expected: "JSON",
        received: "text that is none",
        hint: "the answer may be cut short; try again, or look at it with curl",
      },
      { cause: error },
    );
  }
}

/** The own fields of an object; none of anything else. */
function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return Object.assign(Object.create(null) as Record<string, unknown>, value);
}
