#!/usr/bin/env node
// npm run example:browser [-- --port 8080]: builds the page and serves it on this machine. Also a module: serveFolder.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { buildExample } from "./build.js";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};

/**
 * Serves a folder to this machine alone, cross-origin isolated: WebAssembly may then have threads.
 * @param {string} folder
 * @param {{ port?: number, isolated?: boolean }} [options] port 0 takes any that is free
 * @returns {Promise<{ url: string, close(): Promise<void> }>}
 */
export async function serveFolder(folder, { port = 0, isolated = true } = {}) {
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
    const file = normalize(join(folder, path.endsWith("/") ? `${path}index.html` : path));
    const found = file.startsWith(folder + sep) ? await stat(file).catch(() => undefined) : undefined;
    if (isolated) {
      response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
      response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    }
    response.setHeader("Cache-Control", "no-cache");
    if (!found?.isFile() || !["GET", "HEAD"].includes(request.method ?? "")) {
      response.writeHead(found === undefined ? 404 : 405).end();
      return;
    }
    response.writeHead(200, {
      "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
      "Content-Length": found.size,
    });
    if (request.method === "HEAD") response.end();
    else createReadStream(file).pipe(response);
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf("--port");
  const folder = fileURLToPath(new URL("../../node_modules/.cache/morph-example-browser", import.meta.url));
  const { peers } = await buildExample(folder);
  const { url } = await serveFolder(folder, { port: at < 0 ? 8080 : Number(process.argv[at + 1]) });
  console.log(`${url}  (Ctrl+C ends)`);
  if (!peers)
    console.log("To compare with TensorFlow.js: npm install --prefix bench/peers, then start again.");
}
