// Finds the pages of a surface by following its links, so that a page that is added is checked
// without anybody listing it.
import { withPage } from "./browser.mjs";

/** Addresses that are no pages, or that leave something behind when they are visited. */
const NO_PAGE = /^\/(pkg|media|files|v1|api|healthz|readyz|dev\/mail)\b|sign-out|\.(xml|txt|json|eml)$/;

/**
 * Paths of pages that can be reached from `start`, `start` included: of each kind of page (the same
 * address but for ids and names) at most `perKind`, so that two hundred products count as two.
 *
 * @param {string[]} start paths to begin at
 * @param {object} [options] as `openPage` takes them, and `perKind`
 * @returns {Promise<string[]>}
 */
export function crawl(start, { perKind = 2, ...options } = {}) {
  return withPage({ ...options, script: false }, async (page) => {
    const found = [];
    const seen = new Set();
    const kinds = new Map();
    const open = [...start];
    while (open.length > 0) {
      const path = open.shift();
      if (seen.has(path) || NO_PAGE.test(path)) continue;
      seen.add(path);
      const kind = kindOf(path);
      const count = kinds.get(kind) ?? 0;
      if (count >= perKind) continue;
      kinds.set(kind, count + 1);
      // A page that cannot even be opened is found too: whoever checks it says what is wrong.
      const response = await page.goto(path, { waitUntil: "domcontentloaded" }).catch(() => null);
      if (response && !response.headers()["content-type"]?.startsWith("text/html")) continue;
      found.push(path);
      if (!response) continue;
      for (const link of await page.locator("a[href]").evaluateAll((links) => links.map((link) => link.href))) {
        const url = new URL(link);
        if (url.origin === new URL(page.url()).origin) open.push(url.pathname + url.search);
      }
    }
    return found;
  });
}

/**
 * Two addresses are of one kind when they differ only in ids, in the last of many segments, or in
 * the values of their queries.
 */
export function kindOf(path) {
  const [address, query = ""] = path.split("?");
  const segments = address
    .split("/")
    .map((segment) => (/^[a-z]{2,4}_[0-9a-z]{26}$/.test(segment) || /\d{3,}/.test(segment) ? "*" : segment));
  if (segments.length > 3) segments[segments.length - 1] = "*";
  const names = [...new URLSearchParams(query).keys()].sort().join("&");
  return `${segments.join("/")}?${names}`;
}
