// What holds on every page that a visitor can reach.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hydrated, withPage } from "../support/browser.mjs";
import { assertAccessible, assertNoSidewaysScroll, assertQuiet, watchLayoutShift } from "../support/checks.mjs";
import { crawl } from "../support/crawl.mjs";

const START = ["/", "/seller", "/admin", "/developers"];

const pages = await crawl(START);

describe("every page that a visitor can reach", () => {
  it("is found by links", () => {
    assert.ok(pages.length > START.length, `only ${pages.join(", ")} were found`);
  });

  for (const path of pages) {
    it(`${path} is whole without JavaScript`, async () => {
      await withPage({ script: false }, async (page) => {
        const response = await page.goto(path);
        assert.equal(response.status(), 200);
        assert.equal(await page.locator("h1").count(), 1, "one h1");
        assert.notEqual((await page.title()).trim(), "", "a title");
        assert.notEqual((await page.locator("main").innerText()).trim(), "", "content in main");
        assertQuiet(page);
      });
    });

    it(`${path} is quiet and keeps its layout while the script takes over`, async () => {
      await withPage({}, async (page) => {
        const shift = await watchLayoutShift(page);
        await page.goto(path);
        await hydrated(page);
        assert.ok((await shift()) <= 0.02, `layout shift ${await shift()}`);
        assertQuiet(page);
      });
    });

    for (const scheme of ["light", "dark"]) {
      it(`${path} has no barrier that axe finds (${scheme})`, async () => {
        await withPage({ scheme }, async (page) => {
          await page.goto(path);
          await hydrated(page);
          await assertAccessible(page);
        });
      });
    }

    it(`${path} does not scroll sideways at 360 px`, async () => {
      await withPage({ width: 360, touch: true }, async (page) => {
        await page.goto(path);
        await hydrated(page);
        await assertNoSidewaysScroll(page);
      });
    });
  }
});
