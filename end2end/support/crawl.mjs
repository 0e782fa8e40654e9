// Finds the pages of a surface by following its links, so that a page that is added is checked
// without anybody listing it.
import { withPage } from "./browser.mjs";

/** Addresses that are no pages, or that leave something behind when they are visited. */
const NO_PAGE = /^\/(pkg|media|files|v1|api|healthz|readyz)\b|sign-out|\.(xml|txt|json|eml|svg)$/;

/** Second segments of addresses that go on with the name of something: `/en-gb/p/red-mug`. */
const NAMED = ["c", "p", "shop", "order", "reference", "mail"];

/** Pages that show what there could be: their links lead nowhere in particular. */
const SAMPLES = /^\/dev\//;

/** Names in a query whose values make another page: what covers it, and not what it lists. */
const STATES = ["dialog", "panel", "show", "scope"];

/**
 * Paths of pages that can be reached from `start`, `start` included: of each kind of page (the same
 * address but for ids and names) at most `perKind`, and one with a query of each kind, so that two
 * hundred products count as two. A path that leads to another one stands for nothing; the other is
 * found instead.
 *
 * @param {string[]} start paths to begin at
 * @param {object} [options] as `openPage` takes them, and:
 * @param {number} [options.perKind]
 * @param {RegExp} [options.within] only paths that match are followed
 * @returns {Promise<string[]>}
 */
export function crawl(start, { perKind = 2, within = /^/, ...options } = {}) {
  return withPage({ ...options, script: false }, async (page) => {
    const found = [];
    const seen = new Set();
    const kinds = new Map();
    const open = [...start];
    while (open.length > 0) {
      const path = open.shift();
      if (seen.has(path) || NO_PAGE.test(path) || !within.test(path)) continue;
      seen.add(path);
      const kind = kindOf(path);
      const count = kinds.get(kind) ?? 0;
      if (!start.includes(path) && count >= (path.includes("?") ? 1 : perKind)) continue;
      kinds.set(kind, count + 1);
      // A page that cannot even be opened is found too: whoever checks it says what is wrong.
      const response = await page.goto(path, { waitUntil: "domcontentloaded" }).catch(() => null);
      if (response && !response.headers()["content-type"]?.startsWith("text/html")) continue;
      if (!response) {
        found.push(path);
        continue;
      }
      const { origin, pathname, search } = new URL(page.url());
      if (pathname + search === path) found.push(path);
      else open.push(pathname + search);
      if (SAMPLES.test(pathname)) continue;
      for (const link of await page.locator("a[href]").evaluateAll((links) => links.map((link) => link.href))) {
        const url = new URL(link);
        if (url.origin === origin) open.push(url.pathname + url.search);
      }
    }
    return found;
  });
}

/**
 * Two addresses are of one kind when they differ only in ids, in names of goods, orders and
 * operations, or in the values of their queries.
 */
export function kindOf(path) {
  const [address, query = ""] = path.split("?");
  const segments = address
    .split("/")
    .map((segment) => (/^[a-z]{2,4}_[0-9a-z]{26}$/.test(segment) || /\d{3,}/.test(segment) ? "*" : segment));
  if (NAMED.includes(segments[2])) segments.fill("*", 3);
  const asked = new URLSearchParams(query);
  const names = [...new Set(asked.keys())].sort().map((name) => {
    // Facets (`f.colour`) and units (`u.oln_…`) are many of a kind.
    if (/^[a-z]\./.test(name)) return `${name[0]}.*`;
    return STATES.includes(name) ? `${name}=${asked.get(name)}` : name;
  });
  // What a list shows when it is asked does not hang on how deep its category lies.
  if (names.length > 0 && segments[2] === "c") segments.splice(4);
  return `${segments.join("/")}?${[...new Set(names)].join("&")}`;
}
