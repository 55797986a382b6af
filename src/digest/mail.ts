import { sha256Hex } from "../base/index.js";
import type { Ranked } from "./rank.js";

export interface MailSettings {
  /** `YYYY-MM-DD`, in UTC. */
  readonly day: string;
  readonly to: string;
  readonly from: string;
  /** A page to unsubscribe at; by mail to the sender where left out. */
  readonly unsubscribe?: string;
}

/** Authors named before "and others". */
const AUTHORS_SHOWN = 4;
const SUMMARY_SHOWN = 600;

/** The same for the same day and recipient, so that a server that sees it twice can tell. */
export function messageIdOf(day: string, to: string): string {
  const hash = sha256Hex(`morphospace digest\n${day}\n${to.toLowerCase()}`).slice(0, 32);
  return `<digest.${day}.${hash}@morphospace.invalid>`;
}

export function subjectOf(day: string, count: number): string {
  return `Papers of ${day}: ${count} ${count === 1 ? "entry" : "entries"}`;
}

/** The mail as plain text. */
export function textBody(ranked: readonly Ranked[], settings: MailSettings): string {
  const blocks = ranked.map(({ entry, search }, i) =>
    [
      `${i + 1}. ${entry.title}`,
      `   ${factsOf(ranked[i] ?? { entry, score: 0 }).join(" · ")}`,
      ...(search === undefined ? [] : [`   close to your search: ${search}`]),
      `   ${entry.url}`,
      ...wrapped(shortened(entry.summary), 76).map((line) => `   ${line}`),
    ].join("\n"),
  );
  return `${[subjectOf(settings.day, ranked.length), ...blocks, farewell(settings)].join("\n\n")}\n`;
}

/** The mail as HTML without scripts, pictures or anything else that would be loaded. */
export function htmlBody(ranked: readonly Ranked[], settings: MailSettings): string {
  const items = ranked.map((it) => {
    const { entry, search } = it;
    const near = search === undefined ? "" : `<br>close to your search: <i>${escaped(search)}</i>`;
    return [
      '<li style="margin:0 0 20px">',
      `<a href="${escaped(entry.url)}" style="font-size:17px">${escaped(entry.title)}</a>`,
      `<div style="color:#555;font-size:13px">${escaped(factsOf(it).join(" · "))}${near}</div>`,
      `<p style="margin:6px 0 0">${escaped(shortened(entry.summary))}</p>`,
      "</li>",
    ].join("\n");
  });
  const title = escaped(subjectOf(settings.day, ranked.length));
  return [
    "<!doctype html>",
    `<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>`,
    '<body style="font:15px/1.45 sans-serif;max-width:680px;margin:0 auto;padding:16px">',
    `<h1 style="font-size:20px">${title}</h1>`,
    `<ol style="padding-left:24px">`,
    ...items,
    "</ol>",
    `<p style="color:#555;font-size:13px">${escaped(farewell(settings))}</p>`,
    "</body></html>",
    "",
  ].join("\n");
}

/** The header of RFC 2369; with a page, RFC 8058's one click too. */
export function unsubscribeHeaders({ from, unsubscribe }: MailSettings): Readonly<Record<string, string>> {
  if (unsubscribe === undefined) {
    return {
      "List-Unsubscribe": `<mailto:${from.replaceAll(/[%?&#]/g, encodeURIComponent)}?subject=unsubscribe>`,
    };
  }
  const header = { "List-Unsubscribe": `<${unsubscribe}>` };
  const secure = unsubscribe.startsWith("https:");
  return secure ? { ...header, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" } : header;
}

/** The whole message as it goes over the wire: multipart/alternative of text and HTML. */
export async function composeMail(ranked: readonly Ranked[], settings: MailSettings): Promise<string> {
  const { default: MailComposer } = await import("nodemailer/lib/mail-composer");
  const message = new MailComposer({
    from: settings.from,
    to: settings.to,
    subject: subjectOf(settings.day, ranked.length),
    messageId: messageIdOf(settings.day, settings.to),
    date: new Date(`${settings.day}T00:00:00Z`),
    headers: { ...unsubscribeHeaders(settings), "Auto-Submitted": "auto-generated", Precedence: "bulk" },
    text: textBody(ranked, settings),
    html: htmlBody(ranked, settings),
    disableFileAccess: true,
    disableUrlAccess: true,
    textEncoding: "quoted-printable",
  });
  const bytes = await message.compile().build();
  return bytes.toString("utf8");
}

function factsOf({ entry }: Ranked): string[] {
  const { authors, votes, comments, publishedAtMs } = entry;
  const named = authors.slice(0, AUTHORS_SHOWN).join(", ");
  const others = authors.length > AUTHORS_SHOWN ? ` and ${authors.length - AUTHORS_SHOWN} others` : "";
  return [
    `${named}${others}`,
    new Date(publishedAtMs).toISOString().slice(0, 10),
    votes === undefined ? "" : plural(votes, "vote"),
    comments === undefined || comments === 0 ? "" : plural(comments, "comment"),
  ].filter((text) => text !== "");
}

function farewell({ to, from, unsubscribe }: MailSettings): string {
  const how =
    unsubscribe === undefined ? `write to ${from} with the subject "unsubscribe"` : `visit ${unsubscribe}`;
  return `Sent to ${to} by morph papers digest. To get no more of these, ${how}.`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

function shortened(text: string): string {
  const characters = [...text];
  if (characters.length <= SUMMARY_SHOWN) return text;
  return `${characters
    .slice(0, SUMMARY_SHOWN)
    .join("")
    .replace(/\s+\S*$/, "")}…`;
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").filter((it) => it !== "")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, line];
}

/** Text for HTML, between tags and in quoted attributes. */
function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
