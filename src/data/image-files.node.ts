/** Which images a folder holds, of which class and which split, by the names of its folders. */
import { type Dirent, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fail } from "../base/index.js";
import type { SplitName } from "./dataset.js";
import { unreadable } from "./text-file.node.js";

const IMAGE = /\.(jpe?g|png)$/i;
const SPLIT_NAMES: Readonly<Record<string, SplitName>> = {
  train: "train",
  training: "train",
  val: "validation",
  valid: "validation",
  validation: "validation",
  dev: "validation",
  test: "test",
  testing: "test",
};

export interface ImageFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly label: number;
  /** Given by the folders; undefined where the data come undivided. */
  readonly split: SplitName | undefined;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

export interface ImageListing {
  readonly classes: readonly string[];
  /** In order of split, class and name. */
  readonly files: readonly ImageFile[];
  readonly notes: readonly string[];
}

/**
 * `CLASS/*.jpg`, or `train/CLASS/*.jpg` beside `test/...` and `val/...`. One folder around all that is
 * looked through. Errors: `empty_folder`, `one_class`, `no_training_images`, `unreadable_file`.
 */
export function listImages(folder: string): ImageListing {
  const { root, folders } = descend(folder);
  const named = folders.filter((name) => SPLIT_NAMES[name.toLowerCase()] !== undefined);
  const divided = named.some((name) => SPLIT_NAMES[name.toLowerCase()] === "train") && named.length >= 2;
  const notes: string[] = [];
  const parts = divided ? named : ["."];
  if (divided && named.length < folders.length) {
    notes.push(`folders beside the splits left out: ${folders.filter((f) => !named.includes(f)).join(", ")}`);
  }

  const found: { path: string; name: string; split: SplitName | undefined }[] = [];
  let others = 0;
  for (const part of parts) {
    const split = divided ? SPLIT_NAMES[part.toLowerCase()] : undefined;
    for (const label of entries(join(root, part)).folders) {
      const { files } = entries(join(root, part, label));
      for (const file of files) {
        if (IMAGE.test(file)) found.push({ path: join(root, part, label, file), name: label, split });
        else others++;
      }
    }
  }
  if (others > 0) notes.push(`${others} ${others === 1 ? "file" : "files"} other than JPEG and PNG left out`);
  if (found.length === 0) {
    fail("empty_folder", {
      path: folder,
      expected: "a folder of JPEG or PNG images for each class",
      received: "no image in such a folder",
      hint: "arrange them as CLASS/image.jpg, or train/CLASS/image.jpg and test/CLASS/image.jpg",
    });
  }
  const training = found.filter(({ split }) => split === undefined || split === "train");
  const classes = [...new Set(training.map(({ name }) => name))].sort();
  const strange = [...new Set(found.map(({ name }) => name))].filter((name) => !classes.includes(name));
  if (classes.length === 0) fail("no_training_images", { path: folder, expected: "images below train/" });
  if (strange.length > 0) notes.push(`classes without a training image left out: ${strange.join(", ")}`);
  if (classes.length < 2) {
    fail("one_class", {
      path: folder,
      expected: "at least two folders of images, one for each class",
      received: `the class "${classes[0]}" alone`,
    });
  }
  const rank = new Map(classes.map((name, i) => [name, i]));
  const files = found.flatMap(({ path, name, split }): ImageFile[] => {
    const label = rank.get(name);
    if (label === undefined) return [];
    const { size, mtimeMs } = statSync(path);
    return [{ path: relative(folder, path).replaceAll("\\", "/"), label, split, sizeBytes: size, mtimeMs }];
  });
  return { classes, files, notes };
}

/** Steps into a folder that holds nothing but one folder of folders, as unpacked archives often do. */
function descend(folder: string): { root: string; folders: string[] } {
  let root = folder;
  for (let depth = 0; depth < 3; depth++) {
    const { folders, files } = entries(root);
    const only = folders.length === 1 && files.every((file) => !IMAGE.test(file)) ? folders[0] : undefined;
    if (only === undefined || entries(join(root, only)).folders.length === 0) return { root, folders };
    root = join(root, only);
  }
  return { root, folders: entries(root).folders };
}

/** Sorted, so that order never depends on the file system; hidden ones left out. */
function entries(folder: string): { folders: string[]; files: string[] } {
  let all: Dirent[];
  try {
    all = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    return unreadable(folder, error);
  }
  const folders: string[] = [];
  const files: string[] = [];
  for (const entry of all) {
    if (entry.name.startsWith(".") || entry.name === "__MACOSX") continue;
    const real = entry.isSymbolicLink()
      ? statSync(join(folder, entry.name), { throwIfNoEntry: false })
      : entry;
    if (real?.isDirectory()) folders.push(entry.name);
    else if (real?.isFile()) files.push(entry.name);
  }
  return { folders: folders.sort(), files: files.sort() };
}
