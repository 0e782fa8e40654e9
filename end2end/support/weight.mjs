// What a page weighs as it crosses the wire.
import http from "node:http";
import zlib from "node:zlib";
import { BASE_URL } from "./browser.mjs";

/** Fetches a path as a browser would ask for it and returns status, headers and raw (compressed) bytes. */
export function fetchRaw(path, headers = {}) {
  const url = new URL(path, BASE_URL);
  return new Promise((resolve, reject) => {
    http
      .get(url, { headers: { "accept-encoding": "br", accept: "text/html", ...headers } }, (response) => {
        const parts = [];
        response.on("data", (part) => parts.push(part));
        response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, bytes: Buffer.concat(parts) }));
        response.on("error", reject);
      })
      .on("error", reject);
  });
}

/** The text of a raw answer. */
export function text({ headers, bytes }) {
  return (headers["content-encoding"] === "br" ? zlib.brotliDecompressSync(bytes) : bytes).toString("utf8");
}

/**
 * The bytes of a page and of what it makes the browser load at once, by kind:
 * `html`, `css`, `script`, `wasm`, `fonts`.
 */
export async function pageWeight(path, headers = {}) {
  const page = await fetchRaw(path, headers);
  const html = text(page);
  const weight = { status: page.status, html: page.bytes.length, css: 0, script: 0, wasm: 0, fonts: 0 };
  for (const [tag] of html.matchAll(/<link\b[^>]*>/g)) {
    const rel = attribute(tag, "rel");
    const href = attribute(tag, "href");
    if (!href?.startsWith("/")) continue;
    const kind =
      rel === "stylesheet" ? "css"
      : rel === "modulepreload" ? "script"
      : rel === "preload" && href.endsWith(".wasm") ? "wasm"
      : rel === "preload" && attribute(tag, "as") === "font" ? "fonts"
      : null;
    if (kind) weight[kind] += (await fetchRaw(href, { accept: "*/*" })).bytes.length;
  }
  return weight;
}

function attribute(tag, name) {
  return tag.match(new RegExp(`\\b${name}=["']?([^"'\\s>]+)`))?.[1];
}
