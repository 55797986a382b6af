/** Reference pages say what the definitions say. After a change: `npx vitest run test/reference-pages -u`. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { REFERENCE_PAGES } from "../src/testing/reference-pages.js";

const DOCS = join(import.meta.dirname, "..", "docs");

describe("generated pages are up to date", () => {
  it.each(Object.entries(REFERENCE_PAGES))("docs/%s", async (name, page) => {
    await expect(page()).toMatchFileSnapshot(join(DOCS, name));
  });
});
