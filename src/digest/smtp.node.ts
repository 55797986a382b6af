import { ExitCode, fail, messageOf } from "../base/index.js";

/** Where mail is handed in. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly secure: boolean;
  /** Nothing is said in the clear: STARTTLS or the end. */
  readonly requireTls: boolean;
  readonly user?: string;
  readonly password?: string;
}

export interface MailToSend {
  readonly from: string;
  readonly to: string;
  readonly message: string;
}

export interface SendOptions {
  readonly signal?: AbortSignal;
  /** Silence after which a server counts as gone; 30,000 where nothing is said. */
  readonly timeoutMs?: number;
  /** Called when connection and login stand, before the mail is handed over; what it throws ends the attempt. */
  readonly begin?: () => Promise<void>;
}

/**
 * How an attempt ended: accepted; refused, with the server's word that it is for now or for good; or unknown, where the
 * connection was lost after the mail began to go over.
 */
export type Outcome =
  | { readonly kind: "sent" }
  | { readonly kind: "refused"; readonly temporary: boolean; readonly reason: string; readonly hint: string }
  | { readonly kind: "unknown"; readonly reason: string };

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i;

/**
 * `smtp://user:password@host:587` or `smtps://host`. With credentials, or `?tls=require`, nothing goes over an
 * unencrypted connection unless it stays on this machine. `password` is used where the address has none.
 * @throws `bad_smtp_url`
 */
export function parseMailServer(text: string, password?: string): MailServer {
  const refuse = (hint: string): never =>
    fail(
      "bad_smtp_url",
      // Never the text itself: it may hold a password.
      { path: "--smtp", expected: "smtp://user@host:587 or smtps://user@host", hint },
      { exitCode: ExitCode.usage },
    );
  if (!URL.canParse(text))
    return refuse("quote the address, and write special characters of a password as %40 and so on");
  const url = new URL(text);
  if (url.protocol !== "smtp:" && url.protocol !== "smtps:") return refuse("begin with smtp:// or smtps://");
  if (url.hostname === "") return refuse("name a host");
  if ((url.pathname !== "" && url.pathname !== "/") || url.hash !== "") return refuse("end behind the port");
  for (const [name, value] of url.searchParams)
    if (name !== "tls" || value !== "require") return refuse("the only setting is ?tls=require");
  const [user, inside] = [decode(url.username), decode(url.password)];
  if (user === undefined || inside === undefined || /[\r\n\0]/.test(user + inside))
    return refuse("check the user and the password");
  const secure = url.protocol === "smtps:";
  const secret = inside === "" ? (password ?? "") : inside;
  if (user !== "" && secret === "") return refuse("set MORPH_SMTP_PASSWORD to the user's password");
  const guarded = user !== "" && !LOOPBACK.test(url.hostname);
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTls: !secure && (guarded || url.searchParams.has("tls")),
    ...(user !== "" && { user, password: secret }),
  };
}

/** Hands one mail to a server, once. */
export async function sendMail(
  server: MailServer,
  mail: MailToSend,
  options: SendOptions = {},
): Promise<Outcome> {
  const { signal, timeoutMs = 30_000, begin } = options;
  signal?.throwIfAborted();
  const { default: SMTPConnection } = await import("nodemailer/lib/smtp-connection");
  const connection = new SMTPConnection({
    host: server.host,
    port: server.port,
    secure: server.secure,
    requireTLS: server.requireTls,
    name: "morphospace.invalid",
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    maxResponseSize: 65_536,
    allowInternalNetworkInterfaces: true,
  });
  const abort = () => connection.close();
  signal?.addEventListener("abort", abort, { once: true });
  let handingOver = false;
  try {
    await untilDone(connection, (done) => connection.connect(done));
    if (server.user !== undefined) {
      const { user, password } = server;
      await untilDone(connection, (done) =>
        connection.login({ user, pass: password, credentials: { user, pass: password ?? "" } }, done),
      );
    }
    await begin?.();
    signal?.throwIfAborted();
    handingOver = true;
    await untilDone(connection, (done) =>
      connection.send({ from: mail.from, to: [mail.to] }, mail.message, done),
    );
    return { kind: "sent" };
  } catch (error) {
    if (signal?.aborted && !handingOver) throw signal.reason;
    if (!(error instanceof Error && isSmtpError(error))) throw error;
    return outcomeOf(error, handingOver);
  } finally {
    signal?.removeEventListener("abort", abort);
    // A goodbye is courtesy; the mail's fate is settled.
    connection.quit();
    connection.close();
    connection.on("error", () => undefined);
  }
}

interface SmtpConnection {
  on(event: "error" | "end", listener: (error?: Error) => void): unknown;
  removeListener(event: "error" | "end", listener: (error?: Error) => void): unknown;
}

/** A step of the protocol: its callback, an error of the connection, or its end, whichever is first. */
function untilDone(
  connection: SmtpConnection,
  step: (done: (error?: Error | null) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error | null) => {
      connection.removeListener("error", onError);
      connection.removeListener("end", onEnd);
      if (error === undefined || error === null) resolve();
      else reject(error);
    };
    const onError = (error?: Error) => settle(error ?? ended());
    const onEnd = () => settle(ended());
    connection.on("error", onError);
    connection.on("end", onEnd);
    step((error) => settle(error));
  });
}

function ended(): Error {
  return Object.assign(new Error("the connection was closed"), { code: "ECONNECTION" });
}

interface SmtpError extends Error {
  readonly code: string;
  readonly responseCode?: number;
  readonly command?: string;
}

function isSmtpError(error: Error): error is SmtpError {
  return "code" in error && typeof error.code === "string";
}

function outcomeOf(error: SmtpError, handingOver: boolean): Outcome {
  const { code, responseCode, command = "" } = error;
  const reason = messageOf(error).replaceAll(/\s+/g, " ").slice(0, 200);
  if (responseCode !== undefined) {
    const temporary = responseCode < 500;
    const later = temporary ? "run it again later" : "check the addresses with the server's operator";
    const hint = code === "EAUTH" ? "check the user and the password" : later;
    return { kind: "refused", temporary: temporary && code !== "EAUTH" && code !== "ETLS", reason, hint };
  }
  // Until the mail itself goes over, a lost connection has delivered nothing.
  if (handingOver && !/^(EENVELOPE|EMESSAGE)$/.test(code) && !/^(MAIL FROM|RCPT TO)$/.test(command)) {
    return { kind: "unknown", reason };
  }
  if (code === "ETLS") {
    return {
      kind: "refused",
      temporary: false,
      reason,
      hint: "use smtps://, or a server that offers STARTTLS",
    };
  }
  if (code === "EAUTH")
    return { kind: "refused", temporary: false, reason, hint: "check the user and the password" };
  return { kind: "refused", temporary: true, reason, hint: "check host and port, then run it again" };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
