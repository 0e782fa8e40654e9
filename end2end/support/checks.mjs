// What must hold on every page: no complaint in the console, nothing that axe finds, nothing that
// scrolls sideways.
import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";

/** Fails when the browser complained since the page was opened (hydration mismatches included). */
export function assertQuiet(page) {
  assert.deepEqual(page.complaints, [], `the browser complained on ${page.url()}`);
}

/** Fails on any violation that axe finds by the rules of WCAG 2.2 AA and its best practices. */
export async function assertAccessible(page) {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  const found = violations.map(
    ({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((node) => `    ${node.target.join(" ")}`).join("\n")}`,
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
      .map((element) => element.outerHTML.slice(0, 120));
    return { wide: document.documentElement.scrollWidth, width, culprits };
  });
  assert.ok(wide <= width, `${page.url()} is ${wide} px wide in a window of ${width} px:\n${culprits.join("\n")}`);
}

/**
 * Starts to add up layout shift; call it before `goto`. The returned function gives the sum so far.
 */
export async function watchLayoutShift(page) {
  await page.addInitScript(() => {
    window.__shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.__shift += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  return () => page.evaluate(() => window.__shift);
}
