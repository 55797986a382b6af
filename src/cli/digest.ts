/** `morph papers digest`: new and trending papers as one mail a day. */
import { ExitCode, fail, MorphError, pause } from "../base/index.js";
import type { DeliverOptions, Entry } from "../digest/index.js";
import type { Ledger } from "../store/index.js";
import { type Cli, type CommandSpec, note, numberOf, type Options, textOf, writeJson } from "./command.js";
import { DIR_OPTION } from "./search-options.js";
import { parseWhole } from "./units.js";

const SCHEMA = "morph.papers-digest/1";
const TOP = 10;
const DAY_MS = 86_400_000;
/** After a day that failed for now. */
const AGAIN_MS = 15 * 60_000;
const SEARCHES = "Saved searches, which lift what is close to them";

export const digest: CommandSpec = {
  name: "papers digest",
  summary: "new and trending papers as one mail a day",
  about:
    "Ranked by votes, age and closeness to your saved searches. Never sends twice for the same day (in UTC) and recipient: it can be run again at any time, by cron for one. docs/digest.md tells more.",
  examples: [
    ["morph papers digest --to you@example.org --smtp smtp://mail.example.org", "today's mail, once"],
    ['morph papers digest --save "search under a latency budget"', "what you want to see first"],
    ["morph papers digest --to you@example.org --source feed.xml --dry-run", "show it, send nothing"],
  ],
  options: [
    { flags: "--to <address>", description: "who gets it" },
    {
      flags: "--smtp <url>",
      description: "the server: smtp://user@host:587 or smtps://user@host; password from MORPH_SMTP_PASSWORD",
    },
    { flags: "--from <address>", description: "the sender (default: the recipient)" },
    {
      flags: "--source <file|url>",
      description: "daily papers as JSON, or an Atom feed (default: the public list)",
    },
    { flags: "--top <n>", description: `entries of a mail (default: ${TOP})`, parse: parseTop },
    { flags: "--every <day>", description: "keep running and send each day; only day is known" },
    {
      flags: "--day <date>",
      description: "the day that the mail is for, such as 2026-01-31 (default: today)",
    },
    {
      flags: "--unsubscribe <url>",
      description: "a page to unsubscribe at (default: by mail to the sender)",
    },
    { flags: "--resend", description: "send again what was cut off while it was sent" },
    { flags: "--dry-run", description: "show the mail, send and record nothing" },
    { flags: "--save <query>", description: "keep a search", group: SEARCHES },
    { flags: "--searches", description: "list them", group: SEARCHES },
    { flags: "--forget <query>", description: "drop one", group: SEARCHES },
    { ...DIR_OPTION, description: "folder that holds searches and deliveries (default: .morph)" },
  ],
  async run(_args, options, cli) {
    const { openLedger } = await import("../store/index.js");
    // What is wrong with the options is said before anything is made.
    const job = await jobOf(options, cli);
    using ledger = await openLedger(textOf(options, "dir") ?? ".morph");
    if (job === undefined) return searches(ledger, options, cli);
    const once = (day: string) =>
      runOnce({ ...job, day, ledger, now: Date.now, signal: cli.signal }, options, cli);
    if (textOf(options, "every") === undefined) return once(textOf(options, "day") ?? today());
    return everyDay(once, cli);
  },
};

type Job = Omit<DeliverOptions, "ledger" | "now" | "signal" | "day">;

/** What is asked for; undefined where it is only about saved searches. */
async function jobOf(options: Options, cli: Cli): Promise<Job | undefined> {
  const { checkAddress, DEFAULT_SOURCE, parseFeed, parseMailServer, readSource } = await import(
    "../digest/index.js"
  );
  const usage = { exitCode: ExitCode.usage };
  const to = textOf(options, "to");
  const aboutSearches = ["save", "forget", "searches"].some((name) => options[name] !== undefined);
  if (aboutSearches) {
    if (to === undefined) return undefined;
    return fail(
      "conflicting_options",
      { path: "--to", hint: "save or forget searches in a call of its own" },
      usage,
    );
  }
  if (to === undefined)
    return fail(
      "missing_option",
      { path: "--to", expected: "who gets the mail", hint: "give --to you@example.org" },
      usage,
    );
  checkAddress(to, "--to");
  const from = checkAddress(textOf(options, "from") ?? to, "--from");
  const every = textOf(options, "every");
  if (every !== undefined && every !== "day")
    fail(
      "bad_value",
      { path: "--every", expected: "day", received: every, hint: "for other times, use cron" },
      usage,
    );
  const day = textOf(options, "day");
  if (day !== undefined && (every !== undefined || !isDay(day)))
    fail(
      "bad_value",
      { path: "--day", expected: "a date such as 2026-01-31, without --every", received: day },
      usage,
    );
  const unsubscribe = textOf(options, "unsubscribe");
  if (unsubscribe !== undefined && !isPage(unsubscribe))
    fail(
      "bad_value",
      { path: "--unsubscribe", expected: "an https or http address", received: unsubscribe },
      usage,
    );
  const smtp = textOf(options, "smtp");
  const dry = options.dryRun === true;
  if (smtp === undefined && !dry)
    fail(
      "missing_option",
      {
        path: "--smtp",
        expected: "a mail server",
        hint: "give --smtp smtp://host:587, or --dry-run to see the mail",
      },
      usage,
    );
  if (dry && every !== undefined)
    fail("conflicting_options", { path: "--dry-run", hint: "leave out --every" }, usage);
  const source = textOf(options, "source") ?? DEFAULT_SOURCE;
  const entries = async (): Promise<readonly Entry[]> => {
    const feed = await parseFeed(await readSource(source, { signal: cli.signal }));
    if (feed.skipped > 0) note(cli, `${feed.skipped} entries of the feed were repeated or not readable`);
    return feed.entries;
  };
  return {
    to,
    from,
    unsubscribe: unsubscribe === undefined ? undefined : new URL(unsubscribe).href,
    server: parseMailServer(smtp ?? "smtp://localhost", cli.env.MORPH_SMTP_PASSWORD),
    entries,
    top: numberOf(options, "top") ?? TOP,
    resend: options.resend === true,
  };
}

async function runOnce(job: DeliverOptions, options: Options, cli: Cli): Promise<ExitCode> {
  const { choose, deliver, messageIdOf, textBody } = await import("../digest/index.js");
  const { day, to } = job;
  if (options.dryRun === true) {
    const ranked = choose(await job.entries(), job);
    if (cli.json) {
      const ids = ranked.map(({ entry }) => entry.id);
      writeJson(cli, {
        schema: SCHEMA,
        status: "dry-run",
        day,
        to,
        messageId: messageIdOf(day, to),
        ids,
        entries: ranked,
      });
    } else cli.stdout.write(textBody(ranked, job));
    return ExitCode.ok;
  }
  const { status, messageId, ids } = await deliver(job);
  if (cli.json) writeJson(cli, { schema: SCHEMA, status, day, to, messageId, ids });
  else {
    const what = {
      sent: `sent ${ids.length} entries`,
      "already-sent": "was sent before",
      "nothing-new": "has nothing new",
    };
    cli.stdout.write(`${day} to ${to}: ${what[status]}\n`);
  }
  return ExitCode.ok;
}

/** Day after day until interrupted. A day that fails for now is tried again; one that fails for good ends it. */
async function everyDay(once: (day: string) => Promise<ExitCode>, cli: Cli): Promise<ExitCode> {
  for (;;) {
    let waitMs = DAY_MS - (Date.now() % DAY_MS);
    try {
      await once(today());
    } catch (error) {
      cli.signal.throwIfAborted();
      if (!(error instanceof MorphError) || !PASSING.test(error.code)) throw error;
      cli.voice.say(error.message);
      if (error.code !== "digest_uncertain") waitMs = Math.min(waitMs, AGAIN_MS);
    }
    await pause(waitMs, cli.signal);
  }
}

/** Failures that another time may not have. */
const PASSING =
  /^(source_(unreachable|timeout|status)|feed_malformed|smtp_later|store_busy|digest_uncertain)$/;

async function searches(ledger: Ledger, options: Options, cli: Cli): Promise<ExitCode> {
  const { forgetSearch, savedSearches, saveSearch } = await import("../digest/index.js");
  const save = textOf(options, "save");
  const forget = textOf(options, "forget");
  if (forget !== undefined) forgetSearch(ledger, forget);
  if (save !== undefined && !saveSearch(ledger, save, Date.now())) note(cli, "it was saved before");
  const all = savedSearches(ledger);
  if (cli.json) writeJson(cli, { schema: "morph.papers-searches/1", searches: all });
  else if (all.length === 0) note(cli, "no saved searches");
  else cli.stdout.write(`${all.join("\n")}\n`);
  return ExitCode.ok;
}

function parseTop(text: string, option: string): number {
  const top = parseWhole(text, option, 1);
  if (top <= 100) return top;
  return fail(
    "bad_value",
    { path: option, expected: "1 to 100", received: text },
    { exitCode: ExitCode.usage },
  );
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

function isDay(text: string): boolean {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return Number.isFinite(ms) && new Date(ms).toISOString().startsWith(text);
}

function isPage(text: string): boolean {
  return /^https?:\/\/[^\s<>"]+$/.test(text) && URL.canParse(text);
}
