/** Against a real SMTP server and a real HTTP server, both on loopback. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterEach, describe, expect, it } from "vitest";
import { MorphError } from "../base/index.js";
import { openLedger } from "../store/index.js";
import { checkAddress } from "./address.js";
import { type DeliverOptions, deliver } from "./deliver.js";
import { messageIdOf } from "./mail.js";
import { parseMailServer, sendMail } from "./smtp.node.js";
import { readSource } from "./source.node.js";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "morph-digest-"));
  closing.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A mail server that keeps what it accepts; `trouble` answers before the mail is kept. */
async function mailbox(
  options: SMTPServerOptions = {},
  trouble: (nth: number, drop: () => void) => Error | undefined = () => undefined,
) {
  const mails: string[] = [];
  let nth = 0;
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    authOptional: true,
    closeTimeout: 10,
    ...options,
    onData(stream, session, done) {
      let text = "";
      expect(session.envelope.rcptTo).toHaveLength(1);
      stream.on("data", (chunk: Buffer) => {
        text += chunk.toString("utf8");
      });
      stream.on("end", () => {
        const error = trouble(nth++, () => {
          for (const it of server.connections) {
            const { _socket: socket } = it as { _socket?: { destroy(): void } };
            socket?.destroy();
          }
        });
        if (error === undefined) mails.push(text);
        done(error ?? null);
      });
    },
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  closing.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as AddressInfo;
  return { mails, port };
}

async function web(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "done";
  } catch (error) {
    if (!(error instanceof MorphError)) throw error;
    expect(error.message).not.toContain("\n");
    expect(error.issue.hint).toBeTruthy();
    return error.code;
  }
}

async function job(port: number, over: Partial<DeliverOptions> = {}): Promise<DeliverOptions> {
  const ledger = await openLedger(folder());
  closing.push(() => ledger[Symbol.dispose]());
  return {
    ledger,
    server: parseMailServer(`smtp://127.0.0.1:${port}`),
    day: "2026-01-10",
    to: "you@example.org",
    from: "me@example.org",
    top: 5,
    now: () => Date.parse("2026-01-10T08:00:00Z"),
    waitMs: 5,
    send: { timeoutMs: 5_000 },
    entries: async () => [
      {
        id: "1",
        title: "Ünïcode",
        summary: "S",
        authors: [],
        url: "https://example.org/1",
        publishedAtMs: 1e12,
      },
    ],
    ...over,
  };
}

const busy = (code: number) => Object.assign(new Error("not now"), { responseCode: code });

describe("a delivery", () => {
  it("is sent once a day and recipient, as text and HTML, with its headers", async () => {
    const { mails, port } = await mailbox();
    const options = await job(port);
    expect(await deliver(options)).toMatchObject({ status: "sent", ids: ["1"] });
    expect(await deliver(options)).toMatchObject({ status: "already-sent" });
    expect(await deliver({ ...options, to: "YOU@example.org" })).toMatchObject({ status: "already-sent" });
    expect(await deliver({ ...options, day: "2026-01-11" })).toMatchObject({ status: "nothing-new" });
    expect(mails).toHaveLength(1);
    const [mail = ""] = mails;
    expect(mail).toContain("multipart/alternative");
    expect(mail).toContain("text/plain");
    expect(mail).toContain("text/html");
    expect(mail).toContain("List-Unsubscribe: <mailto:me@example.org?subject=unsubscribe>");
    expect(mail.replaceAll(/\r\n(?=\s)/g, "")).toContain(
      `Message-ID: ${messageIdOf("2026-01-10", "you@example.org")}`,
    );
  });

  it("is tried again while the server says later, and stays prepared where it says no more", async () => {
    const patient = await mailbox({}, (nth) => (nth < 2 ? busy(451) : undefined));
    expect(await deliver(await job(patient.port))).toMatchObject({ status: "sent" });
    expect(patient.mails).toHaveLength(1);
    const stern = await mailbox({}, (nth) => (nth < 3 ? busy(451) : undefined));
    const options = await job(stern.port);
    expect(await codeOf(deliver(options))).toBe("smtp_later");
    // The prepared mail goes out; the source is not asked again.
    const entries = () => Promise.reject(new Error("asked"));
    expect(await deliver({ ...options, entries })).toMatchObject({ status: "sent" });
    expect(stern.mails).toHaveLength(1);
    const closed = await mailbox({}, () => busy(554));
    expect(await codeOf(deliver(await job(closed.port)))).toBe("smtp_refused");
  });

  it("that was cut off while it was handed over is not sent again by itself", async () => {
    const { mails, port } = await mailbox({}, (nth, drop) => {
      if (nth === 0) drop();
      return undefined;
    });
    const options = await job(port);
    expect(await codeOf(deliver(options))).toBe("digest_uncertain");
    expect(await codeOf(deliver(options))).toBe("digest_uncertain");
    expect(mails).toHaveLength(1);
    expect(await deliver({ ...options, resend: true })).toMatchObject({ status: "sent" });
    const ids = mails.map((mail) => /<digest\.[^>]+>/.exec(mail)?.[0] ?? "none");
    expect(new Set(ids)).toEqual(new Set([messageIdOf("2026-01-10", "you@example.org")]));
    expect(ids).toHaveLength(2);
  });

  it("goes out once where several processes begin at once", async () => {
    const { mails, port } = await mailbox();
    const options = await job(port);
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => codeOf(deliver(options))));
    expect(mails).toHaveLength(1);
    expect(outcomes).toContain("done");
    for (const it of outcomes) expect(["done", "digest_uncertain"]).toContain(it);
  });

  it("logs in, and refuses to go on without the TLS that was asked for", async () => {
    const { mails, port } = await mailbox({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, done) =>
        username === "u@x" && password === "p" ? done(null, { user: "u" }) : done(new Error("wrong")),
    });
    const at = `127.0.0.1:${port}`;
    const good = { server: parseMailServer(`smtp://u%40x@${at}`, "p") };
    expect(await deliver(await job(port, good))).toMatchObject({ status: "sent" });
    const wrong = { server: parseMailServer(`smtp://u%40x:no@${at}`) };
    expect(await codeOf(deliver(await job(port, wrong)))).toBe("smtp_refused");
    const tls = { server: parseMailServer(`smtp://${at}?tls=require`) };
    expect(await codeOf(deliver(await job(port, tls)))).toBe("smtp_refused");
    expect(mails).toHaveLength(1);
    const nobody = await sendMail(parseMailServer("smtp://127.0.0.1:1"), {
      from: "a@b",
      to: "a@b",
      message: "x",
    });
    expect(nobody).toMatchObject({ kind: "refused", temporary: true });
  });
});

describe("addresses and servers", () => {
  it("are refused where they could carry more than they should", () => {
    expect(checkAddress("you+x@example.org", "--to")).toBe("you+x@example.org");
    for (const bad of [
      "",
      "you",
      "a@b\r\nBcc: c@d",
      "a@b\n",
      "a@b, c@d",
      "A <a@b>",
      '"a b"@c',
      "a@b>",
      "a..b@c",
      `${"a".repeat(65)}@b.c`,
    ])
      expect(() => checkAddress(bad, "--to"), JSON.stringify(bad)).toThrow("bad_address");
    for (const bad of [
      "x",
      "http://h",
      "smtp://",
      "smtp://u@h",
      "smtp://h/x",
      "smtp://h?tls=no",
      "smtp://u%0d%0a:p@h",
      "smtp://%ff:p@h",
    ])
      expect(() => parseMailServer(bad), bad).toThrow("bad_smtp_url");
    expect(parseMailServer("smtp://u:p@mail.example.org").requireTls).toBe(true);
    expect(parseMailServer("smtps://u:p@mail.example.org")).toMatchObject({ secure: true, port: 465 });
  });
});

describe("a source", () => {
  it("is read from a file and over redirects", async () => {
    const file = join(folder(), "feed.json");
    writeFileSync(file, "[]");
    expect(await readSource(file)).toBe("[]");
    expect(await codeOf(readSource(file, { maxBytes: 1 }))).toBe("source_too_large");
    const root = await web((request, response) => {
      if (request.url === "/feed") response.setHeader("content-type", "application/json").end("[1]");
      else response.writeHead(302, { location: request.url === "/a" ? "/feed" : (request.url ?? "/") }).end();
    });
    expect(await readSource(`${root}/a`)).toBe("[1]");
    expect(await codeOf(readSource(`${root}/circle`))).toBe("source_redirects");
  });

  it("that is slow, broken, huge or of another kind is refused in one line", async () => {
    const root = await web((request, response) => {
      const paths: Record<string, () => unknown> = {
        "/slow": () => response.writeHead(200).write("["),
        "/500": () => response.writeHead(500).end("oops"),
        "/html": () => response.writeHead(200, { "content-type": "text/html" }).end("<p>"),
        "/huge": () => response.writeHead(200, { "content-length": "999999" }).end("x".repeat(999_999)),
        "/endless": () => response.writeHead(200).end("x".repeat(5_000)),
        "/away": () => response.writeHead(302, { location: "file:///etc/passwd" }).end(),
        "/cut": () => {
          response.writeHead(200, { "content-length": "50" }).write("[");
          setTimeout(() => response.destroy(), 20);
        },
      };
      paths[request.url ?? ""]?.();
    });
    const of = (path: string) => codeOf(readSource(root + path, { timeoutMs: 400, maxBytes: 1_000 }));
    expect(await of("/slow")).toBe("source_timeout");
    expect(await of("/500")).toBe("source_status");
    expect(await of("/html")).toBe("source_type");
    expect(await of("/huge")).toBe("source_too_large");
    expect(await of("/endless")).toBe("source_too_large");
    expect(await of("/away")).toBe("source_unreachable");
    expect(await of("/cut")).toBe("source_unreachable");
    expect(await codeOf(readSource("http://127.0.0.1:1/"))).toBe("source_unreachable");
  });
});
