import { fail } from "../base/index.js";
import { parseAtom } from "./atom.js";
import { parseDailyPapers } from "./daily-papers.js";
import type { Feed } from "./entry.js";

/**
 * A feed of either format, told apart by its first character, whatever its server calls it.
 * @throws `feed_foreign`, `feed_malformed`, `feed_doctype`
 */
export async function parseFeed(text: string): Promise<Feed> {
  const body = text.replace(/^\uFEFF/, "").trimStart();
  if (body.startsWith("[") || body.startsWith("{")) return parseDailyPapers(body);
  if (body.startsWith("<") && !/^<(!doctype\s+)?html/i.test(body)) return parseAtom(body);
  return fail("feed_foreign", {
    expected: "a JSON list of daily papers or an Atom feed",
    received: body === "" ? "nothing" : `text that begins with ${JSON.stringify(body.slice(0, 20))}`,
    hint: "a web page has its feed at another address",
  });
}
