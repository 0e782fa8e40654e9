// What must hold on every page: no complaint in the console, nothing that axe finds, nothing that
// scrolls sideways, nothing that moves.
import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";

/**
 * What the browser itself says of a form that the server refused, or held back until its sender has
 * proved who they are: no fault of the page.
 */
const REFUSAL = /^console error: Failed to load resource: the server responded with a status of (403|422) /;

/**
 * Fails when the browser complained since the page was opened (hydration mismatches included).
 * `refused`: the test has sent a form that the server was to refuse.
 */
export function assertQuiet(page, { refused = false } = {}) {
  const complaints = page.complaints.filter((complaint) => !(refused && REFUSAL.test(complaint)));
  assert.deepEqual(complaints, [], `the browser complained on ${page.url()}`);
}

/** Rules whose outcome hangs on colours: all that a dark page can break that a light one does not. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];

/** Fails on any violation that axe finds by the rules of WCAG 2.2 AA and its best practices. */
export async function assertAccessible(page) {
  const axe = new AxeBuilder({ page });
  await assertNoViolation(page, axe.withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]));
}

/** Fails on a colour that axe finds too weak; for the same page in other colours. */
export async function assertReadable(page) {
  await assertNoViolation(page, new AxeBuilder({ page }).withRules(COLOUR_RULES));
}

async function assertNoViolation(page, axe) {
  const { violations } = await axe.analyze();
  const found = violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}\n${nodes.map((node) => `    ${node.target.join(" ")}: ${node.failureSummary?.split("\n").slice(1, 3).join(" ").trim()}`).join("\n")}`,
  );
  assert.equal(found.length, 0, `axe on ${page.url()}:\n${found.join("\n")}`);
}

/** Fails when the page is wider than the window. */
export async function assertNoSidewaysScroll(page) {
  const { wide, width, culprits } = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const culprits = [...document.querySelectorAll("body *")]
      .filter((element) => element.getBoundingClientRect().right > width + 1)
      .slice(0, 5)
      .map((element) => element.outerHTML.slice(0, 160));
    return { wide: document.documentElement.scrollWidth, width, culprits };
  });
  assert.ok(wide <= width, `${page.url()} is ${wide} px wide in a window of ${width} px:\n${culprits.join("\n")}`);
}

/** The smallest letters (design, section 6, check 7). */
const SMALLEST = 13;

/**
 * Fails on more loud buttons than design allows (one for shoppers, none for staff), and on letters
 * too small to read.
 */
export async function assertCalm(page, { staff }) {
  const { loud, small } = await page.evaluate((smallest) => {
    const shown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    // What a dialog covers is not there to be pressed.
    const cover = document.querySelector("dialog[open]");
    const inert = (element) => cover?.matches(":modal") && !cover.contains(element);
    const loud = [...document.querySelectorAll("a.bg-brand, button.bg-brand")].filter((element) => shown(element) && !inert(element));
    const small = [...document.querySelectorAll("body *")].filter(
      (element) =>
        [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()) &&
        parseFloat(getComputedStyle(element).fontSize) < smallest &&
        shown(element),
    );
    const name = (element) => element.outerHTML.slice(0, 160);
    return { loud: loud.map((element) => element.innerText), small: small.slice(0, 5).map(name) };
  }, SMALLEST);
  assert.ok(loud.length <= (staff ? 0 : 1), `${page.url()} has too many loud buttons: ${loud.join(", ")}`);
  assert.deepEqual(small, [], `${page.url()} has letters below ${SMALLEST} px`);
}

/**
 * Changes the colour scheme and waits until the page is painted in it. Pages are opened for people
 * who want no motion, so all of it changes at once: what still moves then would be a page that moves
 * for them.
 */
export async function recolour(page, colorScheme) {
  await page.emulateMedia({ colorScheme });
  const moving = await page.evaluate(async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const moving = [];
    for (let frames = 0; frames < 2; frames++) {
      await frame();
      for (const { transitionProperty, effect } of document.getAnimations()) {
        if (transitionProperty) moving.push(`${transitionProperty} of ${effect.target?.outerHTML.slice(0, 80)}`);
      }
    }
    return moving;
  });
  assert.deepEqual(moving.slice(0, 5), [], `${page.url()} moves for those who want no motion`);
}

/**
 * Starts to add up layout shift; call it before `goto`. The returned function gives the sum so far
 * and what moved.
 */
export async function watchLayoutShift(page) {
  await page.addInitScript(() => {
    window.__shift = { sum: 0, moved: [] };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (entry.hadRecentInput) continue;
        window.__shift.sum += entry.value;
        for (const { node } of entry.sources) window.__shift.moved.push(node?.outerHTML?.slice(0, 120) ?? String(node?.textContent).slice(0, 60));
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
  return () => page.evaluate(() => window.__shift);
}
