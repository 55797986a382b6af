import type { Message } from "@bufbuild/protobuf";
import { clone, type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import type { Rng } from "../base/index.js";

/** Lengths, counts and codes at which programs break. */
const NUMBERS = [
  0n,
  1n,
  -1n,
  2n,
  3n,
  7n,
  16n,
  64n,
  1000n,
  65_536n,
  2n ** 31n - 1n,
  -(2n ** 31n),
  2n ** 31n,
  2n ** 32n,
  2n ** 40n,
  2n ** 53n,
  2n ** 62n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];
const FLOATS = [
  0,
  1,
  -1,
  0.5,
  1e-30,
  1e30,
  3.4e38,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];
const TEXTS = ["", "x", "N", "a".repeat(300), "../../etc/passwd", "\u0000", "NaN", "2 * N", "floor((N)/0)"];

/** Everything of a message that can be changed: each message in it, and each field of those. */
interface Site {
  readonly message: ReflectMessage;
  readonly field: DescField;
}

/**
 * A copy of a message with some of its parts changed: numbers become extreme ones, texts become others that stand in
 * the message, list elements are dropped, doubled, exchanged or taken from elsewhere, messages are cleared or
 * replaced by others of their type. The result is always a message of that type, but rarely a sensible one.
 *
 * @param words texts worth putting in, such as names of operators
 */
export function mutateMessage<T extends Message>(
  desc: DescMessage,
  original: T,
  rng: Rng,
  words: readonly string[],
): T {
  const copy = clone(desc, original) as T;
  const changes = 1 + rng.int(4);
  for (let i = 0; i < changes; i++) {
    const sites: Site[] = [];
    const messages = new Map<string, ReflectMessage[]>();
    const texts: string[] = [...TEXTS];
    collect(reflect(desc, copy), sites, messages, texts, 0);
    const site = sites[rng.int(sites.length)];
    if (site !== undefined) change(site, { rng, messages, texts, words });
  }
  return copy;
}

function collect(
  message: ReflectMessage,
  sites: Site[],
  messages: Map<string, ReflectMessage[]>,
  texts: string[],
  depth: number,
): void {
  if (depth > 12) return;
  const known = messages.get(message.desc.typeName);
  if (known === undefined) messages.set(message.desc.typeName, [message]);
  else known.push(message);
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    sites.push({ message, field });
    if (field.fieldKind === "message") collect(message.get(field), sites, messages, texts, depth + 1);
    else if (field.fieldKind === "list") {
      for (const item of message.get(field)) {
        if (field.listKind === "message") collect(item as ReflectMessage, sites, messages, texts, depth + 1);
        else if (typeof item === "string") texts.push(item);
      }
    } else if (field.fieldKind === "scalar") {
      const value = message.get(field);
      if (typeof value === "string") texts.push(value);
    }
  }
}

interface Material {
  readonly rng: Rng;
  readonly messages: ReadonlyMap<string, readonly ReflectMessage[]>;
  readonly texts: readonly string[];
  readonly words: readonly string[];
}

function change({ message, field }: Site, material: Material): void {
  const { rng, messages } = material;
  if (rng.int(12) === 0) {
    message.clear(field);
    return;
  }
  switch (field.fieldKind) {
    case "scalar":
      message.set(field, scalar(field.scalar, message.get(field), material));
      return;
    case "enum":
      message.set(field, field.enum.values[rng.int(field.enum.values.length)]?.number ?? 0);
      return;
    case "message": {
      const others = messages.get(field.message.typeName) ?? [];
      const other = others[rng.int(others.length)];
      if (other !== undefined) message.set(field, reflect(other.desc, clone(other.desc, other.message)));
      return;
    }
    case "list": {
      const list = message.get(field);
      const items = [...list];
      const at = rng.int(items.length);
      const [first, second] = [items[at], items[rng.int(items.length)]];
      const kind = rng.int(5);
      if (kind === 0) items.splice(at, 1);
      else if (kind === 1 && first !== undefined) items.splice(at, 0, first);
      else if (kind === 2 && second !== undefined) items[at] = second;
      else if (kind === 3) items.reverse();
      else if (field.listKind === "scalar") items[at] = scalar(field.scalar, first, material);
      else if (field.listKind === "message") {
        const others = messages.get(field.message.typeName) ?? [];
        const other = others[rng.int(others.length)];
        if (other !== undefined) items.push(reflect(other.desc, clone(other.desc, other.message)));
      }
      list.clear();
      for (const item of items) list.add(item);
      return;
    }
    default:
  }
}

function scalar(type: ScalarType, old: unknown, { rng, texts, words }: Material): unknown {
  const pick = <T>(list: readonly T[], otherwise: T): T => list[rng.int(list.length)] ?? otherwise;
  switch (type) {
    case ScalarType.STRING:
      return rng.int(3) === 0 ? pick(words, "x") : pick(texts, "x");
    case ScalarType.BYTES: {
      const bytes = old instanceof Uint8Array ? old.slice() : new Uint8Array(0);
      if (bytes.length === 0 || rng.int(3) === 0) return bytes.subarray(0, rng.int(bytes.length + 1));
      bytes[rng.int(bytes.length)] = pick([0, 1, 127, 128, 255], 0);
      return bytes;
    }
    case ScalarType.BOOL:
      return rng.int(2) === 0;
    case ScalarType.FLOAT:
    case ScalarType.DOUBLE:
      return pick(FLOATS, 0);
    case ScalarType.INT64:
      return pick(NUMBERS, 0n);
    case ScalarType.UINT64:
      return BigInt.asUintN(64, pick(NUMBERS, 0n));
    case ScalarType.UINT32:
      return Number(BigInt.asUintN(32, pick(NUMBERS, 0n)));
    default:
      return Number(BigInt.asIntN(32, pick(NUMBERS, 0n)));
  }
}
