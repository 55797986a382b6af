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
