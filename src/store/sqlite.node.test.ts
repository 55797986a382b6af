import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { storeContract } from "../testing/store-contract.js";
import type { StudyStore } from "./index.js";
import { openStore } from "./sqlite.node.js";

const root = mkdtempSync(join(tmpdir(), "morph-store-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const places = new WeakMap<StudyStore, string>();
let count = 0;

async function openAt(directory: string): Promise<StudyStore> {
  const store = await openStore(directory);
  places.set(store, directory);
  return store;
}

storeContract("sqlite", {
  open: () => openAt(join(root, `contract-${count++}`)),
  reopen: async (store) => {
    await store[Symbol.asyncDispose]();
    return openAt(places.get(store) ?? root);
  },
});
