import { fail, pause } from "../base/index.js";
import type { Ledger } from "../store/index.js";
import type { Entry } from "./entry.js";
import { composeMail, type MailSettings, messageIdOf } from "./mail.js";
import { type Ranked, rank } from "./rank.js";
import { savedSearches } from "./searches.js";
import { type MailServer, type Outcome, type SendOptions, sendMail } from "./smtp.node.js";

const KIND = "delivery";
/** What was mailed to somebody in so many days is not mailed again. */
const REMEMBERED_DAYS = 30;

/**
 * A delivery's life: `prepared` (composed, nothing handed over), `sending` (its handing over has begun), `sent`.
 * One that stays in `sending` was cut off there: the server may have it or not.
 */
export type DeliveryState = "prepared" | "sending" | "sent";

export interface DeliverOptions extends MailSettings {
  readonly ledger: Ledger;
  readonly server: MailServer;
  /** Reads the feed; called only where a mail has to be composed. */
  readonly entries: () => Promise<readonly Entry[]>;
  readonly top: number;
  readonly now: () => number;
  /** Hand over once more what was cut off: the reader may then have it twice. */
  readonly resend?: boolean;
  /** Attempts while a server says "later"; 3 where nothing is said. */
  readonly attempts?: number;
  /** Waits between them; doubles each time. 2,000 where nothing is said. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
  readonly send?: Pick<SendOptions, "timeoutMs">;
}

export interface Delivered {
  readonly status: "sent" | "already-sent" | "nothing-new";
  readonly messageId: string;
  readonly ids: readonly string[];
}

/**
 * The digest of one day to one recipient, at most once, whatever happens in between: the mail is composed and kept,
 * then the server is met, then the intent to hand over is written down, and only then the mail goes. What was
 * prepared goes out as it was; what was cut off in between is never sent again by itself.
 * @throws `digest_uncertain`, `smtp_refused`, `smtp_later`, and what reading the source throws
 */
export async function deliver(options: DeliverOptions): Promise<Delivered> {
  const { ledger, day, to, now, resend = false } = options;
  const key = keyOf(day, to);
  const messageId = messageIdOf(day, to);
  let row = ledger.get(KIND, key);
  if (row?.state === "sent") return { status: "already-sent", messageId, ids: bodyOf(row.body).ids };
  if (row?.state === "sending") {
    if (!resend) uncertain(day, to, "an earlier run was cut off, or another is at it");
    ledger.move(KIND, key, "sending", "prepared", now());
  }
  if (row === undefined) {
    const ranked = choose(await options.entries(), options);
    if (ranked.length === 0) return { status: "nothing-new", messageId, ids: [] };
    const ids = ranked.map(({ entry }) => entry.id);
    const message = await composeMail(ranked, options);
    ledger.add(KIND, { key, state: "prepared", body: { ids, message, from: options.from }, atMs: now() });
    // Another process may have been first: then its mail is the one.
    row = ledger.get(KIND, key);
  }
  const { ids, message, from } = bodyOf(row?.body);
  const already = await handOver(options, key, { from, to, message });
  return { status: already ? "already-sent" : "sent", messageId, ids };
}

/** What would be mailed: the best of what this recipient has not had. */
export function choose(
  entries: readonly Entry[],
  options: Pick<DeliverOptions, "ledger" | "to" | "day" | "top" | "now">,
): Ranked[] {
  const { ledger, to, day, top, now } = options;
  const since = new Date(Date.parse(`${day}T00:00:00Z`) - REMEMBERED_DAYS * 86_400_000)
    .toISOString()
    .slice(0, 10);
  const had = new Set(
    ledger
      .list(KIND, `${to.toLowerCase()} `)
      .filter(({ key }) => key.slice(-day.length) >= since && key !== keyOf(day, to))
      .flatMap(({ body }) => bodyOf(body).ids),
  );
  const fresh = entries.filter(({ id }) => !had.has(id));
  return rank(fresh, savedSearches(ledger), now()).slice(0, top);
}

/** True where another process had sent it meanwhile. */
async function handOver(
  options: DeliverOptions,
  key: string,
  mail: { readonly from: string; readonly to: string; readonly message: string },
): Promise<boolean> {
  const { ledger, server, now, day, to, attempts = 3, waitMs = 2_000, signal, send } = options;
  for (let attempt = 1; ; attempt++) {
    let mine = false;
    const begin = async () => {
      mine = ledger.move(KIND, key, "prepared", "sending", now());
      if (!mine) throw new Taken();
    };
    let outcome: Outcome;
    try {
      outcome = await sendMail(server, mail, { ...send, signal, begin });
    } catch (error) {
      if (!(error instanceof Taken)) throw error;
      if (ledger.get(KIND, key)?.state === "sent") return true;
      return uncertain(day, to, "another run is at it");
    }
    if (outcome.kind === "sent") {
      ledger.move(KIND, key, "sending", "sent", now());
      return false;
    }
    if (outcome.kind === "unknown") return uncertain(day, to, outcome.reason);
    if (mine) ledger.move(KIND, key, "sending", "prepared", now());
    const { temporary, reason, hint } = outcome;
    if (!temporary) return fail("smtp_refused", { path: where(server), received: reason, hint });
    if (attempt >= attempts) return fail("smtp_later", { path: where(server), received: reason, hint });
    await pause(waitMs * 2 ** (attempt - 1), signal);
  }
}

class Taken extends Error {}

function uncertain(day: string, to: string, received: string): never {
  return fail("digest_uncertain", {
    path: `${day} to ${to}`,
    expected: "the server's word that it has the mail",
    received,
    hint: "look into the mailbox; if it is not there, run again with --resend",
  });
}

function where({ host, port }: MailServer): string {
  return `${host}:${port}`;
}

/** Recipient first, so that all of one recipient stand together. */
function keyOf(day: string, to: string): string {
  return `${to.toLowerCase()} ${day}`;
}

function bodyOf(body: unknown): { ids: string[]; message: string; from: string } {
  const fields: Record<string, unknown> = typeof body === "object" && body !== null ? { ...body } : {};
  const { ids, message, from } = fields;
  if (!Array.isArray(ids) || typeof message !== "string" || typeof from !== "string") {
    return fail("store_corrupt", {
      expected: "a prepared mail",
      received: "something else",
      hint: "move the ledger away to begin anew",
    });
  }
  return { ids: ids.filter((it) => typeof it === "string"), message, from };
}
