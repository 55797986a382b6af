import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MorphError } from "../base/index.js";
import type { Entry } from "./entry.js";
import { parseFeed } from "./feed.js";
import { htmlBody, textBody, unsubscribeHeaders } from "./mail.js";
import { rank } from "./rank.js";

const NOW = Date.parse("2026-01-10T12:00:00Z");
const SETTINGS = { day: "2026-01-10", to: "you@example.org", from: "me@example.org" };

const daily = (papers: readonly object[]) =>
  JSON.stringify(papers.map((paper) => ({ paper, publishedAt: "2026-01-09T00:00:00.000Z", numComments: 2 })));

const atomEntry = (title: string, id = "2601.00001") =>
  `<entry><id>http://arxiv.org/abs/${id}v2</id><title>${title}</title><summary>About it.</summary>
   <published>2026-01-09T00:00:00Z</published><author><name>A. Uthor</name></author><author><name>B. Uthor</name></author>
   <link href="https://arxiv.org/abs/${id}v2" rel="alternate" type="text/html"/></entry>`;
const atom = (entries: string, before = "") =>
  `<?xml version="1.0" encoding="UTF-8"?>${before}<feed xmlns="http://www.w3.org/2005/Atom">${entries}</feed>`;

async function codeOf(text: string): Promise<string> {
  try {
    await parseFeed(text);
    return "read";
  } catch (error) {
    if (!(error instanceof MorphError)) throw error;
    expect(error.message).not.toContain("\n");
    expect(error.issue.hint).toBeTruthy();
    return error.code;
  }
}

const paper = (over: object = {}) => ({
  id: "2601.00001",
  title: "T",
  summary: "S",
  authors: [{ name: "A" }],
  upvotes: 3,
  ...over,
});
const entry = (over: Partial<Entry>): Entry => ({
  id: "a",
  title: "t",
  summary: "",
  authors: [],
  url: "https://example.org/",
  publishedAtMs: NOW,
  ...over,
});

describe("feeds", () => {
  it("reads both formats, told apart by content", async () => {
    const [one] = (await parseFeed(daily([paper()]))).entries;
    expect(one).toEqual({
      id: "2601.00001",
      title: "T",
      summary: "S",
      authors: ["A"],
      url: "https://arxiv.org/abs/2601.00001",
      votes: 3,
      comments: 2,
      publishedAtMs: Date.parse("2026-01-09"),
    });
    const feed = await parseFeed(atom(atomEntry("Fish &amp; &#x43;hips <![CDATA[& <b>]]>")));
    expect(feed).toMatchObject({ format: "atom", skipped: 0 });
    expect(feed.entries[0]).toMatchObject({ id: "2601.00001", authors: ["A. Uthor", "B. Uthor"] });
    expect(feed.entries[0]?.title).toContain("Fish & Chips");
    expect(feed.entries[0]?.votes).toBeUndefined();
  });

  it("keeps one entry an id, the most voted, and counts what it cannot use", async () => {
    const feed = await parseFeed(
      daily([paper({ upvotes: 1 }), paper({ upvotes: 9 }), paper({ title: 7 }), { id: "x" }]),
    );
    expect(feed.entries.map(({ votes }) => votes)).toEqual([9]);
    // A repeated entry is read, and one with a title that is no text and one without any are not.
    expect(feed.skipped).toBe(2);
  });

  it("refuses what is no feed, entity bombs and deep nests among it, in one line", async () => {
    const bomb = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>';
    expect(await codeOf(atom(atomEntry("&b;"), bomb))).toBe("feed_doctype");
    expect(await codeOf(atom(atomEntry("t"), "<!doctype x>"))).toBe("feed_doctype");
    expect(await codeOf(atom(`${"<a>".repeat(5000)}${"</a>".repeat(5000)}`))).toBe("feed_malformed");
    expect(await codeOf(atom("<entry>"))).toBe("feed_malformed");
    expect(await codeOf("[{")).toBe("feed_malformed");
    expect(await codeOf(`${"[".repeat(20_000)}`)).toBe("feed_malformed");
    expect(await codeOf('{"error":"no"}')).toBe("feed_foreign");
    expect(await codeOf("[1, null, []]")).toBe("feed_foreign");
    expect(await codeOf("<!doctype html><html></html>")).toBe("feed_foreign");
    expect(await codeOf("<rss></rss>")).toBe("feed_foreign");
    expect(await codeOf("")).toBe("feed_foreign");
    expect(await codeOf("[]")).toBe("read");
  });

  it("takes any text as a title and keeps nothing of it that could harm", async () => {
    const harmless = (entries: readonly Entry[]) => {
      for (const it of entries) {
        expect(it.title).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
        expect([...it.title].length).toBeLessThanOrEqual(300);
        expect(it.url).toMatch(/^https?:\/\//);
      }
      const html = htmlBody(rank(entries, [], NOW), SETTINGS);
      expect(
        html
          .match(/<[a-z]+/g)
          ?.filter((tag) => !/^<(html|head|meta|title|body|h|ol|li|a|div|p|br|i)$/.test(tag)),
      ).toEqual([]);
    };
    const hostile = fc.oneof(
      fc.string({ unit: "binary", maxLength: 400 }),
      fc.constantFrom(
        "<script>alert(1)</script>",
        '"><img src=x onerror=y>',
        "a\r\nBcc: x@y.z",
        "\u202Eevil\u0000",
        "&lt;b&gt;",
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(hostile, { minLength: 1, maxLength: 5 }), async (titles) => {
        const papers = [
          paper({ id: "ok" }),
          ...titles.map((title, i) => paper({ id: `p${i}`, title, summary: title })),
        ];
        harmless((await parseFeed(daily(papers))).entries);
        const encoded = (text: string) => text.replace(/[^A-Za-z0-9 ]/gu, (c) => `&#${c.codePointAt(0)};`);
        harmless(
          (
            await parseFeed(
              atom(titles.map((title, i) => atomEntry(encoded(title), `2601.0000${i}`)).join("")),
            )
          ).entries,
        );
      }),
      { numRuns: 60 },
    );
  });

  it("answers any JSON and any cut feed with a feed or a refusal", async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (text) => void (await codeOf(text))),
      { numRuns: 200 },
    );
    const whole = atom(atomEntry("t"));
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), fc.string({ maxLength: 3 }), async (at, junk) => {
        await codeOf(whole.slice(0, at) + junk + whole.slice(at + junk.length));
        await codeOf(whole.slice(0, at));
      }),
      { numRuns: 150 },
    );
  });
});

describe("ranking", () => {
  it("lifts votes, freshness and what is close to a search; wrong dates earn nothing", () => {
    const ids = (entries: Entry[], searches: string[] = []) =>
      rank(entries, searches, NOW).map((it) => it.entry.id);
    expect(ids([entry({ id: "few", votes: 1 }), entry({ id: "many", votes: 90 })])).toEqual(["many", "few"]);
    expect(ids([entry({ id: "old", publishedAtMs: NOW - 9e8 }), entry({ id: "new" })])).toEqual([
      "new",
      "old",
    ]);
    expect(
      ids([
        entry({ id: "future", publishedAtMs: NOW + 9e8 }),
        entry({ id: "week", publishedAtMs: NOW - 6e8 }),
      ]),
    ).toEqual(["week", "future"]);
    const near = rank(
      [entry({ id: "a", title: "Cats" }), entry({ id: "z", title: "Latency budgets" })],
      ["latency budget"],
      NOW,
    );
    expect(near.map((it) => [it.entry.id, it.search])).toEqual([
      ["z", "latency budget"],
      ["a", undefined],
    ]);
  });
});

describe("the mail", () => {
  it("names the way out, by mail or by page", () => {
    expect(unsubscribeHeaders(SETTINGS)).toEqual({
      "List-Unsubscribe": "<mailto:me@example.org?subject=unsubscribe>",
    });
    expect(unsubscribeHeaders({ ...SETTINGS, unsubscribe: "https://example.org/u" })).toEqual({
      "List-Unsubscribe": "<https://example.org/u>",
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    });
    expect(textBody(rank([entry({ title: "One" })], [], NOW), SETTINGS)).toContain("1. One");
  });
});
