import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { citationOf, textOfCard } from "./card.js";
import { REPRODUCTIONS } from "./catalogue.gen.js";
import { listPapers, paperOf } from "./catalogue.js";

const ROOT = join(import.meta.dirname, "..", "..");
/** Summaries by others, which are not part of the project; cards must not repeat their sentences. */
const DOSSIERS = join(ROOT, "..", "shared", "papers");

function shingles(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set(words.slice(7).map((_, i) => words.slice(i, i + 8).join(" ")));
}

describe("the catalogue", () => {
  it("is the one that the folders make", () => {
    const made = execFileSync(process.execPath, [join(ROOT, "scripts/papers-index.js"), "--print"], {
      encoding: "utf8",
    });
    expect(
      readFileSync(join(import.meta.dirname, "catalogue.gen.ts"), "utf8"),
      "run node scripts/papers-index.js",
    ).toBe(made);
  });

  it("has all 119 papers, each in a folder of its number", () => {
    expect(listPapers().map(({ card }) => card.id)).toEqual(Array.from({ length: 119 }, (_, i) => i + 1));
    for (const { slug, card } of listPapers())
      expect(slug).toMatch(new RegExp(`^${String(card.id).padStart(3, "0")}-[a-z0-9-]+$`));
  });

  it.each(listPapers().map(({ card }) => [card.id, card] as const))("has a useful card %i", (_, card) => {
    const words = textOfCard(card).split(/\s+/).length;
    expect(words).toBeGreaterThanOrEqual(80);
    expect(words).toBeLessThanOrEqual(200);
    expect(card.claims.length).toBeGreaterThan(0);
    expect(card.year).toBeGreaterThan(2010);
    if (card.arxiv !== undefined) expect(card.arxiv).toMatch(/^\d{4}\.\d{4,5}$/);
    expect(citationOf(card)).toContain(String(card.year));
    if (card.here.status !== "absent") expect(card.here.links).not.toEqual([]);
    if (card.here.status === "absent") expect(card.here.run).toBeUndefined();
  });

  it("links to what the rooms show", async () => {
    const rooms = new Map<string, Readonly<Record<string, unknown>>>();
    const missing: string[] = [];
    for (const { card } of listPapers()) {
      for (const link of card.here.links) {
        const [room = "", name = ""] = link.split(".");
        const door =
          rooms.get(room) ??
          (room === "papers" ? await import("./index.js") : await import(`../${room}/index.ts`));
        rooms.set(room, door);
        if (door[name] === undefined) missing.push(`${card.id}: ${link}`);
      }
    }
    expect(missing).toEqual([]);
  });

  it("refuses numbers that no paper has", () => {
    expect(() => paperOf(120)).toThrow(/unknown_paper at 120/);
  });

  it("declares experiments for papers whose mechanism is here", async () => {
    for (const [paper, load] of REPRODUCTIONS) {
      const experiment = await load();
      expect(experiment.paper).toBe(paper);
      expect(paperOf(paper).card.here.status).not.toBe("absent");
      expect(experiment.seeds.full).toBeGreaterThanOrEqual(3);
    }
  });

  it.skipIf(!existsSync(DOSSIERS))(
    "says it in words of its own (skipped where the dossiers are absent)",
    () => {
      const others = new Set<string>();
      for (const name of readdirSync(DOSSIERS)) {
        const text = readFileSync(join(DOSSIERS, name), "utf8");
        const parts = name.endsWith(".json")
          ? (JSON.parse(text) as { abstract: string }[]).map((it) => it.abstract)
          : [text];
        for (const part of parts) for (const shingle of shingles(part)) others.add(shingle);
      }
      const copied = listPapers().flatMap(({ card }) => {
        const own = [
          card.summary,
          card.mechanism,
          ...card.claims,
          card.here.note ?? "",
          card.differences ?? "",
          card.data,
        ];
        return own.flatMap((text) =>
          [...shingles(text)].filter((it) => others.has(it)).map((it) => `${card.id}: ${it}`),
        );
      });
      expect(copied).toEqual([]);
    },
  );
});
