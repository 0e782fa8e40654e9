// What holds on every page, whoever looks at it. A page is opened twice: once as on a phone without
// JavaScript, once at a desk with it, where it is then looked at in other colours and widths.
import assert from "node:assert/strict";
import { it } from "node:test";
import { NARROW, WIDE, hydrated, shoot, withPage } from "./browser.mjs";
import {
  assertAccessible,
  assertCalm,
  assertNoSidewaysScroll,
  assertQuiet,
  assertReadable,
  recolour,
  watchLayoutShift,
} from "./checks.mjs";
import { assertLight } from "./weight.mjs";

/** How much of the window may move while a page loads (design, section 5). */
const SHIFT = 0.02;

/** A page whose checks take longer than this many milliseconds hangs. */
const PATIENCE = 120_000;

/** Pictures of every page in light, dark and narrow, for eyes: `STOA_SHOOT_ALL=1`. */
const look = process.env.STOA_SHOOT_ALL ? shoot : async () => {};

/**
 * Checks one page.
 *
 * @param {string} path
 * @param {object} [options]
 * @param {object} [options.storageState] who looks at it
 * @param {number} [options.status] the status it answers with
 */
export function checkPage(path, { storageState, status = 200 } = {}) {
  // The page of all components has several of what a page has one of, in all states.
  const samples = path.startsWith("/dev/ui");
  it(path, { timeout: PATIENCE }, async (t) => {
    await withPage({ storageState, script: false, width: NARROW, touch: true }, async (page) => {
      await t.test("is whole without JavaScript", async () => {
        const response = await page.goto(path);
        assert.equal(response.status(), status);
        assert.equal(new URL(page.url()).pathname, new URL(path, page.url()).pathname, "leads elsewhere");
        if (!samples) assert.equal(await page.locator("h1").count(), 1, "one h1");
        assert.notEqual((await page.locator("h1").first().innerText()).trim(), "", "an empty h1");
        assert.notEqual((await page.title()).trim(), "", "a title");
        assert.notEqual((await page.locator("main").innerText()).trim(), "", "content in main");
        if (!samples) assert.equal(await page.locator("main [aria-busy=true]").count(), 0, "something still loads");
        assertQuiet(expected(page, status));
      });
      await t.test(`does not scroll sideways at ${NARROW} px on a phone without JavaScript`, () => assertNoSidewaysScroll(page));
      await look(page, "narrow");
    });
    await withPage({ storageState }, async (page) => {
      const shift = await watchLayoutShift(page);
      await page.goto(path);
      await hydrated(page);
      await t.test("keeps its layout while the script takes over", async () => {
        const { sum, moved } = await shift();
        assert.ok(sum <= SHIFT, `layout shift ${sum}:\n${moved.join("\n")}`);
      });
      await look(page, "light");
      await t.test("has no barrier that axe finds", () => assertAccessible(page));
      if (!samples) await t.test("is calm", () => assertCalm(page, { staff: /^\/(seller|admin)\b/.test(path) }));
      await t.test("is readable in dark", async () => {
        await recolour(page, "dark");
        await look(page, "dark");
        await assertReadable(page);
        await recolour(page, "light");
      });
      await t.test(`does not scroll sideways at ${NARROW} px`, async () => {
        await page.setViewportSize({ width: NARROW, height: 800 });
        await assertNoSidewaysScroll(page);
        await page.setViewportSize({ width: WIDE, height: 900 });
      });
      await t.test("is quiet", () => assertQuiet(expected(page, status)));
    });
    if (status === 200) await t.test("weighs no more than its budget", () => assertLight(t, path, storageState));
  });
}

/** A page that is not there is reported by the browser itself; that complaint is taken out. */
function expected(page, status) {
  if (status < 400) return page;
  const own = `Failed to load resource: the server responded with a status of ${status}`;
  return { url: () => page.url(), complaints: page.complaints.filter((complaint) => !(complaint.includes(own) && complaint.includes(page.url()))) };
}
