/** Pages in a real Chromium, for tests and benchmarks. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";

/** Where a Chromium is looked for; `MORPH_CHROMIUM` names another. */
export const CHROMIUM =
  process.env.MORPH_CHROMIUM ??
  ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((it) => existsSync(it));

const QUIET = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** `software` is a WebGPU adapter that every Chromium brings; `gpu` takes what the machine has. */
const GPU = {
  none: ["--disable-gpu"],
  software: ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan,WebGPU"],
  gpu: ["--enable-unsafe-webgpu", "--enable-features=Vulkan,WebGPU", "--ignore-gpu-blocklist"],
} as const;

/** A page, and all that it said and asked for since it was opened. */
export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  readonly messages: string[];
  readonly requests: string[];
}

export async function openPage(
  url: string,
  options: { readonly webgpu?: keyof typeof GPU } = {},
): Promise<OpenPage> {
  const profile = await mkdtemp(join(tmpdir(), "morph-chromium-"));
  const remove = () => rm(profile, { recursive: true, force: true, maxRetries: 5 });
  let context: BrowserContext;
  try {
    const args = [...QUIET, ...GPU[options.webgpu ?? "none"]];
    context = await chromium.launchPersistentContext(profile, {
      executablePath: CHROMIUM,
      headless: true,
      args,
    });
  } catch (error) {
    await remove();
    throw error;
  }
  const page = await context.newPage();
  const messages: string[] = [];
  const requests: string[] = [];
  page.on("console", (m) => messages.push(m.text()));
  page.on("pageerror", (e) => messages.push(e.message));
  context.on("request", (r) => requests.push(r.url()));
  await page.goto(url);
  return {
    page,
    messages,
    requests,
    async [Symbol.asyncDispose]() {
      await context.close();
      await remove();
    },
  };
}
