// What a page weighs as it crosses the wire (brotli), against the budget of the design.
import assert from "node:assert/strict";
import http from "node:http";
import zlib from "node:zlib";
import { BASE_URL } from "./browser.mjs";

const KB = 1024;

/** Shoppers come with phones; staff work with a denser page and a bigger module. */
const SHOPPER = { html: 45 * KB, css: 30 * KB, wasm: 240 * KB, script: 20 * KB, fonts: 76 * KB };
const STAFF = { html: 60 * KB, css: 30 * KB, wasm: 350 * KB, script: 20 * KB, fonts: 29 * KB };

/** `/dev/ui` shows every component there is, to those who work on Stoa: it has no budget. */
const NO_BUDGET = /^\/dev\//;
const isStaff = (path) => /^\/(seller|admin|cms|developers)\b/.test(path);

/** Fails when a page, or what it makes the browser load at once, is over its budget. */
export async function assertLight(t, path, storageState) {
  if (NO_BUDGET.test(path)) return;
  const cookie = (storageState?.cookies ?? []).map(({ name, value }) => `${name}=${value}`).join("; ");
  const weight = await pageWeight(path, cookie ? { cookie } : {});
  assert.equal(weight.status, 200);
  const budget = isStaff(path) ? STAFF : SHOPPER;
  const over = Object.entries(budget).filter(([kind, limit]) => weight[kind] > limit);
  t.diagnostic(Object.keys(budget).map((kind) => `${kind} ${(weight[kind] / KB).toFixed(1)} KB`).join(", "));
  assert.deepEqual(over.map(([kind, limit]) => `${kind}: ${weight[kind]} of ${limit} bytes`), []);
}

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

/** Sizes of files whose names hold their hash: they do not change while the tests run. */
const sizes = new Map();

async function sizeOf(path) {
  if (!sizes.has(path)) sizes.set(path, (await fetchRaw(path, { accept: "*/*" })).bytes.length);
  return sizes.get(path);
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
    if (kind) weight[kind] += await sizeOf(href);
  }
  return weight;
}

function attribute(tag, name) {
  return tag.match(new RegExp(`\\b${name}=["']?([^"'\\s>]+)`))?.[1];
}
