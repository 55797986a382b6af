import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { smallDisk } from "../testing/small-disk.node.js";
import { sweepParts, writeArtifact, writeArtifactSync } from "./artifacts.node.js";

const root = mkdtempSync(join(tmpdir(), "morph-artifacts-"));
const disk = smallDisk(1 << 20);
afterAll(() => {
  disk?.remove();
  rmSync(root, { recursive: true, force: true });
});

async function* pieces(count: number, size: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) yield new Uint8Array(size).fill(i);
}

describe("writing a file", () => {
  it("writes text, bytes and pieces, replaces what was there, and leaves nothing beside it", async () => {
    const directory = join(root, "new", "deep");
    const path = join(directory, "best.onnx");
    await writeArtifact(path, "héllo");
    expect(readFileSync(path, "utf8")).toBe("héllo");
    await writeArtifact(path, new Uint8Array([1, 2, 3]));
    expect([...readFileSync(path)]).toEqual([1, 2, 3]);
    await writeArtifact(path, pieces(5, 100_000));
    const bytes = readFileSync(path);
    expect(bytes.length).toBe(500_000);
    expect([0, 100_000, 499_999].map((at) => bytes[at])).toEqual([0, 1, 4]);
    writeArtifactSync(path, "");
    expect(readFileSync(path).length).toBe(0);
    writeArtifactSync(path, "x".repeat(300_000));
    expect(readFileSync(path).length).toBe(300_000);
    expect(readdirSync(directory)).toEqual(["best.onnx"]);
  });

  it("keeps the old file where the content fails or the caller gives up", async () => {
    const directory = join(root, "fails");
    const path = join(directory, "card.json");
    await writeArtifact(path, "old");
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(10);
      throw new RangeError("no more");
    }
    await expect(writeArtifact(path, broken())).rejects.toThrow("no more");
    const stop = new AbortController();
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(10);
      stop.abort(new Error("stopped"));
      yield new Uint8Array(10);
    }
    await expect(writeArtifact(path, slow(), stop.signal)).rejects.toThrow("stopped");
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(directory)).toEqual(["card.json"]);
  });

  it("lets writers of one file come one after the other: the content is always one of theirs", async () => {
    const path = join(root, "race", "x.bin");
    await Promise.all(
      Array.from({ length: 8 }, (_, i) => writeArtifact(path, new Uint8Array(50_000).fill(i))),
    );
    const bytes = readFileSync(path);
    expect(bytes.length).toBe(50_000);
    expect(new Set(bytes).size).toBe(1);
    expect(readdirSync(join(root, "race"))).toEqual(["x.bin"]);
  });

  it("names the path and the cure where it cannot write", async () => {
    mkdirSync(join(root, "taken"));
    await expect(writeArtifact(join(root, "taken"), "x")).rejects.toThrow(/^file_unwritable at .*taken: /);
    writeFileSync(join(root, "file"), "");
    await expect(writeArtifact(join(root, "file", "x"), "x")).rejects.toThrow(/^file_unwritable at /);
    expect(() => writeArtifactSync(join(root, "absent", "x"), "x")).toThrow(/^file_unwritable at /);
    expect(readdirSync(root).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  const root0 = process.getuid?.() === 0;
  it.skipIf(root0)(
    `refuses a read-only directory${root0 ? " (skipped: root may write anywhere)" : ""}`,
    async () => {
      const directory = join(root, "locked");
      mkdirSync(directory);
      chmodSync(directory, 0o500);
      await expect(writeArtifact(join(directory, "x"), "x")).rejects.toThrow(/^file_unwritable at /);
    },
  );

  const title = `says disk_full and leaves nothing half written${disk ? "" : " (skipped: mounting is not allowed here)"}`;
  it.skipIf(disk === undefined)(title, async () => {
    const path = join(disk?.path ?? "", "model.onnx");
    await writeArtifact(path, "the old model");
    await expect(writeArtifact(path, pieces(40, 100_000))).rejects.toThrow(
      /^disk_full at .*model\.onnx: .*free some/i,
    );
    expect(() => writeArtifactSync(path, new Uint8Array(3_000_000))).toThrow(/^disk_full at /);
    expect(readFileSync(path, "utf8")).toBe("the old model");
    expect(readdirSync(disk?.path ?? "")).toEqual(["model.onnx"]);
    await writeArtifact(path, "the new model");
    expect(readFileSync(path, "utf8")).toBe("the new model");
  });
});

describe("sweeping", () => {
  it("removes what the dead have left and nothing else", async () => {
    const directory = join(root, "sweep");
    mkdirSync(directory);
    const names = [
      ".a.onnx.11-0.part",
      ".b.json.12-7.part",
      "a.onnx",
      ".hidden",
      "x.part",
      ".c.13-1.part.bak",
    ];
    for (const name of names) writeFileSync(join(directory, name), name);
    expect(await sweepParts(directory, (pid) => pid === 12)).toEqual([".a.onnx.11-0.part"]);
    expect(readdirSync(directory).length).toBe(5);
    writeFileSync(join(directory, `.me.${process.pid}-0.part`), "");
    expect(await sweepParts(directory, undefined)).not.toContain(`.me.${process.pid}-0.part`);
    expect(existsSync(join(directory, `.me.${process.pid}-0.part`))).toBe(true);
    expect(await sweepParts(join(root, "nowhere"))).toEqual([]);
  });
});
