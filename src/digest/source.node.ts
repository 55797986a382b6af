import { open } from "node:fs/promises";
import { fail, messageOf } from "../base/index.js";

/** The public list of today's papers. */
export const DEFAULT_SOURCE = "https://huggingface.co/api/daily_papers";

export interface SourceOptions {
  readonly signal?: AbortSignal;
  /** For the whole answer, redirects included; 30,000 where nothing is said. */
  readonly timeoutMs?: number;
  /** 8 MiB where nothing is said. */
  readonly maxBytes?: number;
}

const MAX_REDIRECTS = 5;
const TYPES = /^(application\/(json|xml|octet-stream|([\w.-]+\+)?(json|xml))|text\/(xml|plain|json))$/;

/**
 * The text of a feed: an address of the web, or a file.
 * @throws `source_unreachable`, `source_timeout`, `source_status`, `source_type`, `source_too_large`,
 * `source_redirects`
 */
export async function readSource(source: string, options: SourceOptions = {}): Promise<string> {
  const { signal, timeoutMs = 30_000, maxBytes = 8 * 2 ** 20 } = options;
  if (!/^https?:/i.test(source)) return readFileText(source, maxBytes);
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await follow(
      source,
      AbortSignal.any([timeout, ...(signal === undefined ? [] : [signal])]),
    );
    return await bodyOf(response, source, maxBytes);
  } catch (error) {
    signal?.throwIfAborted();
    if (timeout.aborted) {
      const hint = "try again later, or fetch the feed yourself and give the file";
      return fail("source_timeout", { path: source, expected: `an answer in ${timeoutMs / 1000} s`, hint });
    }
    if (error instanceof TypeError) {
      const cause = error.cause === undefined ? error : error.cause;
      const hint = "check the address and the network, or give a file";
      return fail(
        "source_unreachable",
        { path: source, received: messageOf(cause) || "no answer", hint },
        { cause },
      );
    }
    throw error;
  }
}

async function follow(source: string, signal: AbortSignal): Promise<Response> {
  let url = checkedUrl(source, source);
  for (let hops = 0; ; hops++) {
    const response = await fetch(url, {
      signal,
      redirect: "manual",
      headers: { accept: "application/json, application/atom+xml;q=0.9", "user-agent": "morphospace" },
    });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    if (hops >= MAX_REDIRECTS) {
      const hint = "the address leads in a circle; use the one that it should lead to";
      return fail("source_redirects", { path: source, expected: `at most ${MAX_REDIRECTS} redirects`, hint });
    }
    const next = URL.canParse(location, url.href) ? new URL(location, url).href : location;
    const secure = url.protocol === "https:";
    url = checkedUrl(next, source);
    if (secure && url.protocol !== "https:") {
      const hint = "use an address that stays encrypted";
      return fail("source_redirects", {
        path: source,
        expected: "https",
        received: "a redirect to http",
        hint,
      });
    }
  }
}

function checkedUrl(text: string, source: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.protocol === "http:" || url.protocol === "https:")) return url;
  const received = text.slice(0, 100);
  return fail("source_unreachable", {
    path: source,
    expected: "an http or https address",
    received,
    hint: "check it",
  });
}

async function bodyOf(response: Response, source: string, maxBytes: number): Promise<string> {
  const refuse = async (code: string, expected: string, received: string, hint: string): Promise<never> => {
    await response.body?.cancel();
    return fail(code, { path: source, expected, received, hint });
  };
  const { status } = response;
  if (status !== 200) {
    const hint = status >= 500 || status === 429 ? "try again later" : "check the address";
    return refuse("source_status", "status 200", `status ${status}`, hint);
  }
  const [type = ""] = (response.headers.get("content-type") ?? "").split(";");
  const media = type.trim().toLowerCase();
  if (media !== "" && !TYPES.test(media)) {
    return refuse(
      "source_type",
      "JSON or XML",
      media.slice(0, 60),
      "give the address of the feed, not of its web page",
    );
  }
  const large = (): Promise<never> =>
    refuse("source_too_large", `at most ${maxBytes} bytes`, "more", "ask the source for fewer entries");
  if (Number(response.headers.get("content-length") ?? 0) > maxBytes) return large();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = response.body?.getReader();
  for (let read = await reader?.read(); read !== undefined && !read.done; read = await reader?.read()) {
    bytes += read.value.byteLength;
    if (bytes > maxBytes) {
      await reader?.cancel();
      reader?.releaseLock();
      return large();
    }
    chunks.push(read.value);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function readFileText(path: string, maxBytes: number): Promise<string> {
  await using file = await open(path, "r");
  // One byte more than allowed: pipes and devices have no size to ask for.
  const chunks: Buffer[] = [];
  let bytes = 0;
  while (bytes <= maxBytes) {
    const chunk = Buffer.alloc(65_536);
    const { bytesRead } = await file.read(chunk, 0, chunk.length, null);
    if (bytesRead === 0) break;
    bytes += bytesRead;
    chunks.push(chunk.subarray(0, bytesRead));
  }
  if (bytes > maxBytes) {
    const expected = `at most ${maxBytes} bytes`;
    fail("source_too_large", { path, expected, received: "more", hint: "ask the source for fewer entries" });
  }
  return Buffer.concat(chunks).toString("utf8");
}
