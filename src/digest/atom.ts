import { fail, MorphError } from "../base/index.js";
import { entryOf, type Feed, MAX_ENTRIES, withoutRepeats } from "./entry.js";

/** Elements within elements that are read. */
const MAX_DEPTH = 20;

/** XML's own five; a document that declares others is refused. */
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/**
 * An Atom feed as arXiv writes it (RFC 4287). A document type, the only place where entities can be declared, is
 * refused, so none is ever expanded. An entry that lacks an id, a title or a date is counted and left out.
 * @throws `feed_doctype`, `feed_malformed`, `feed_foreign`
 */
export async function parseAtom(text: string): Promise<Feed> {
  const bare = text.replaceAll(/<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>/g, "");
  if (/<!(?:DOCTYPE|ENTITY)/i.test(bare)) {
    fail("feed_doctype", {
      expected: "a feed without a document type",
      received: "one that may declare entities",
      hint: "no Atom feed needs one; check the address",
    });
  }
  const feed = fieldsOf(fieldsOf(await parseXml(text)).feed);
  if (Object.keys(feed).length === 0) {
    fail("feed_foreign", {
      expected: "an Atom feed",
      received: "another XML document",
      hint: "give the address of a list of daily papers or of an Atom feed",
    });
  }
  const all = listOf(feed.entry);
  const items = all.slice(0, MAX_ENTRIES);
  const entries = items.flatMap((item) => {
    const fields = fieldsOf(item);
    const address = textOf(fields.id);
    const entry = entryOf({
      id:
        /\/abs\/([^?#]+)$/.exec(address)?.[1] ??
        address.replace(/^[a-z]+:\/\//i, "").replaceAll(/[^\w.\-/]+/g, "-"),
      title: textOf(fields.title),
      summary: textOf(fields.summary),
      authors: listOf(fields.author).map((author) => textOf(fieldsOf(author).name)),
      link: linkOf(fields.link) ?? address,
      published: textOf(fields.published) || textOf(fields.updated),
    });
    return entry === undefined ? [] : [entry];
  });
  return { format: "atom", entries: withoutRepeats(entries), skipped: all.length - entries.length };
}

async function parseXml(text: string): Promise<unknown> {
  const { XMLParser, XMLValidator } = await import("fast-xml-parser");
  const malformed = (received: string, cause?: unknown): never =>
    fail(
      "feed_malformed",
      { expected: "XML", received, hint: "the answer may be cut short; try again, or look at it with curl" },
      { cause },
    );
  try {
    const checked = XMLValidator.validate(text);
    if (checked !== true) return malformed(`line ${checked.err.line}: ${checked.err.msg.slice(0, 120)}`);
    const parser = new XMLParser({
      processEntities: false,
      ignoreAttributes: false,
      attributeNamePrefix: "@",
      removeNSPrefix: true,
      parseTagValue: false,
      ignoreDeclaration: true,
      ignorePiTags: true,
      maxNestedTags: MAX_DEPTH,
      // CDATA apart: in it an ampersand is an ampersand.
      cdataPropName: "#cdata",
    });
    return parser.parse(text);
  } catch (error) {
    if (error instanceof MorphError) throw error;
    const received = error instanceof Error ? error.message.slice(0, 120) : "text that is none";
    return malformed(received, error);
  }
}

function linkOf(value: unknown): string | undefined {
  const links = listOf(value).map(fieldsOf);
  const link = links.find((it) => (it["@rel"] ?? "alternate") === "alternate") ?? links[0];
  const address = link?.["@href"];
  return typeof address === "string" ? decoded(address) : undefined;
}

/** The text of an element, entities decoded once. */
function textOf(value: unknown): string {
  if (typeof value === "string") return decoded(value);
  const fields = fieldsOf(value);
  const plain = typeof fields["#text"] === "string" ? decoded(fields["#text"]) : "";
  const raw = listOf(fields["#cdata"]).filter((it) => typeof it === "string");
  return plain + raw.join("");
}

function decoded(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{2,4}));/gi, (whole, ten, sixteen, name) => {
    if (name !== undefined) return Object.hasOwn(ENTITIES, name) ? (ENTITIES[name] ?? whole) : whole;
    const point = ten === undefined ? Number.parseInt(sixteen, 16) : Number(ten);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : "";
  });
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return Object.assign(Object.create(null) as Record<string, unknown>, value);
}
