import { issue, MorphError } from "../base/index.js";

/** Bytes of a response that are read. An answer of 100,000 tokens has about half a million. */
export const MOST_BYTES = 1 << 20;

/**
 * `fetch` that follows no redirection (the key would go with it) and reads a bounded number of bytes, whatever the
 * endpoint sends.
 * @throws `language_too_long`
 */
export async function limitedFetch(
  input: string | URL | Request,
  init: RequestInit | undefined,
  mostBytes = MOST_BYTES,
): Promise<Response> {
  const response = await fetch(input, { ...init, redirect: "manual" });
  const { status, statusText, headers, body } = response;
  if (body === null) return response;
  const reader = body.getReader();
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.length;
    if (bytes > mostBytes) {
      await reader.cancel();
      throw new MorphError(
        issue("language_too_long", {
          expected: `an answer of at most ${mostBytes} bytes`,
          received: "more",
          hint: "is this the address of a chat endpoint?",
        }),
      );
    }
    pieces.push(value);
  }
  const shown = new Headers(headers);
  // The body is decoded here already.
  shown.delete("content-encoding");
  shown.delete("content-length");
  return new Response(new Blob(pieces), { status, statusText, headers: shown });
}
