// Chromium for the journeys: one process per test file, a fresh context per visit, and a record of
// everything the browser complained about.
import { after } from "node:test";
import { chromium } from "playwright-core";

/** Where the server under test answers; `cargo xtask test --only journeys` sets it. */
export const BASE_URL = (process.env.STOA_URL ?? "http://localhost:3000").replace(/\/$/, "");

// What a browser does at start besides showing pages, switched off: it would look up hosts that a
// closed network does not have, and its complaints would end up in the record.
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The narrowest window that must not scroll sideways. */
export const NARROW = 360;
/** The window of a desk. */
export const WIDE = 1280;

let browser;

async function launched() {
  browser ??= await chromium.launch({
    executablePath: process.env.STOA_CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: FLAGS,
  });
  return browser;
}

after(async () => {
  await browser?.close();
});

/**
 * Opens a page of its own, as a new visitor.
 *
 * @param {object} options
 * @param {boolean} [options.script] false: JavaScript is off
 * @param {"light"|"dark"} [options.scheme] the colour scheme that the system prefers
 * @param {number} [options.width] width of the window in CSS pixels
 * @param {boolean} [options.touch] a phone: coarse pointer, touch events
 * @param {object} [options.storageState] cookies of somebody who has been here before
 * @returns the Playwright page; `page.complaints` holds every console warning and error, failed
 *   request and uncaught exception, which `assertQuiet` checks
 */
export async function openPage({ script = true, scheme = "light", width = WIDE, touch = false, storageState } = {}) {
  const context = await (await launched()).newContext({
    baseURL: BASE_URL,
    javaScriptEnabled: script,
    colorScheme: scheme,
    viewport: { width, height: 900 },
    hasTouch: touch,
    isMobile: touch,
    locale: "en-GB",
    timezoneId: "Europe/Athens",
    reducedMotion: "reduce",
    storageState,
  });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  page.scripted = script;
  page.complaints = [];
  page.on("console", (message) => {
    if (["warning", "error"].includes(message.type())) {
      page.complaints.push(`console ${message.type()}: ${message.text()} (${message.location().url})`);
    }
  });
  page.on("pageerror", (error) => page.complaints.push(`exception: ${error.message}`));
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText ?? "";
    // With JavaScript off the browser itself holds scripts back.
    if (!script && reason === "csp") return;
    // A navigation that supersedes a request aborts it; nobody sees that.
    if (reason !== "net::ERR_ABORTED") page.complaints.push(`request failed: ${request.url()} ${reason}`);
  });
  return page;
}

/** Runs `body` with a page and closes it afterwards, whatever happens. */
export async function withPage(options, body) {
  const page = await openPage(options);
  try {
    return await body(page);
  } catch (error) {
    await shoot(page, "failure").catch(() => {});
    throw error;
  } finally {
    await page.context().close();
  }
}

/**
 * Waits until the WebAssembly has taken over the page; the document says so. Nothing to wait for
 * without script, or on a page that has none (the payment provider's).
 */
export async function hydrated(page) {
  if (!page.scripted) return;
  await page.waitForFunction(
    () =>
      document.documentElement.hasAttribute("data-hydrated") ||
      (document.readyState === "complete" && !document.querySelector('script[type="module"]')),
  );
}

/** Opens an address and waits until the page is ready to be used; answers the response. */
export async function visit(page, path) {
  const response = await page.goto(path);
  await hydrated(page);
  return response;
}

/** Waits for an address (a pattern) and until its page is ready to be used. */
export async function arrive(page, pattern) {
  await page.waitForURL(pattern, { waitUntil: "domcontentloaded" }).catch(async (error) => {
    const shown = await page.locator("body").innerText({ timeout: 1_000 }).catch(() => "");
    throw new Error(`${error.message}\nstill at ${page.url()}, which says:\n${shown.slice(0, 1_500)}`);
  });
  await hydrated(page);
}

/**
 * Loads the page again and again until what is looked for is there: for what a job or the payment
 * provider does in its own time.
 *
 * @param {import("playwright-core").Page} page
 * @param {import("playwright-core").Locator} wanted
 */
export async function reloadUntil(page, wanted, within = 45_000) {
  const end = Date.now() + within;
  while ((await wanted.count()) === 0) {
    if (Date.now() > end) throw new Error(`${wanted} did not show up on ${page.url()} within ${within / 1000} s`);
    await page.reload();
    await hydrated(page);
  }
}

/** A screenshot into the folder that `cargo xtask test` names; nowhere when it is not set. */
export async function shoot(page, name) {
  const folder = process.env.STOA_SHOTS;
  if (!folder) return;
  const { pathname, search } = new URL(page.url());
  const safe = `${pathname}${search}-${name}`.replace(/[^a-z0-9]+/gi, "-").slice(0, 150);
  await page.screenshot({ path: `${folder}/${safe}.png`, fullPage: true });
}
