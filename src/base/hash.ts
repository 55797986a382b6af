import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { canonicalJson } from "./json.js";

/** SHA-256 in hex of bytes or UTF-8 text. */
export function sha256Hex(data: Uint8Array | string): string {
  return bytesToHex(sha256(typeof data === "string" ? utf8ToBytes(data) : data));
}

/** Incremental SHA-256, for data that is read in pieces. */
export function sha256Stream(): { update(bytes: Uint8Array): void; hex(): string } {
  const state = sha256.create();
  return {
    update: (bytes) => {
      state.update(bytes);
    },
    hex: () => bytesToHex(state.digest()),
  };
}

/** Identity of a JSON value: the first 16 hex digits (64 bits) of the SHA-256 of its canonical text. */
export function hashJson(value: unknown): string {
  return sha256Hex(canonicalJson(value)).slice(0, 16);
}

/**
 * A quick checksum against damage (not against malice), of bytes that begin at a multiple of four in their buffer. Each
 * step is one-to-one in the word and in what came before, so damage within one word is always seen.
 */
export function checksum32(bytes: Uint8Array): number {
  const whole = bytes.length >> 2;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, whole);
  let h = bytes.length | 0;
  const mix = (word: number) => {
    h = Math.imul(h ^ word, 0x85ebca6b);
    h = (h << 13) | (h >>> 19);
  };
  for (let i = 0; i < whole; i++) mix(words[i] ?? 0);
  for (let i = 4 * whole; i < bytes.length; i++) mix(bytes[i] ?? 0);
  h = Math.imul(h ^ (h >>> 16), 0xc2b2ae35);
  return (h ^ (h >>> 13)) >>> 0;
}
