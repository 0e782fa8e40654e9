// One sale from the shelf to the refund, with JavaScript on and off.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { hydrated, shoot, withPage } from "../support/browser.mjs";
import { assertNoSidewaysScroll, assertQuiet } from "../support/checks.mjs";

/** The demo's sign-ins: role to address and password. */
async function signIns() {
  const text = await readFile(`${process.env.STOA_DATA}/demo-sign-ins.txt`, "utf8");
  const rows = text.split("\n").filter((line) => line.includes("@"));
  return Object.fromEntries(rows.map((line) => line.trim().split(/\s+/)).map(([role, email, password]) => [role, { email, password }]));
}

/** Buys the first thing in stock of a category as a guest; answers the order's page. */
async function buy(page, card = "4242 4242 4242 4242") {
  await page.goto("/en-gb");
  await hydrated(page);
  await page.locator('main a[href*="/p/"]').first().click();
  await page.waitForURL(/\/p\//);
  await hydrated(page);
  await page.getByRole("button", { name: "Add to cart" }).first().click();
  await page.waitForURL(/cart/);
  await page.goto("/en-gb/cart");
  await hydrated(page);
  await page.locator("main").getByRole("link", { name: "Checkout" }).first().click();
  await page.waitForURL(/\/checkout/);
  await hydrated(page);
  const typed = { Email: "ioanna@example.com", "Full name": "Ioanna Pappa", "Street and number": "Ermou 1", Postcode: "105 63", City: "Athens" };
  for (const [label, value] of Object.entries(typed)) await page.getByLabel(label).fill(value);
  await page.getByRole("button", { name: "Continue to payment" }).click();
  await page.waitForURL(/\/checkout\/payment/);
  await hydrated(page);
  await shoot(page, "payment");
  await page.locator('input[name="number"]').fill(card);
  await page.locator('input[name="expiry"]').fill("12 / 40");
  await page.locator('input[name="cvc"]').fill("123");
  await page.getByRole("button", { name: /^Pay / }).click();
}

async function signIn(page, { email, password }, next) {
  await page.goto(next);
  await hydrated(page);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.locator("main").getByRole("button", { name: /Sign in|Continue/ }).first().click();
  await page.waitForURL((url) => url.pathname.startsWith(next));
  await hydrated(page);
}

for (const script of [true, false]) {
  describe(`a sale with JavaScript ${script ? "on" : "off"}`, () => {
    it("is bought as a guest", async () => {
      await withPage({ script }, async (page) => {
        await buy(page);
        await page.waitForURL(/\/order\//, { timeout: 30_000 });
        await hydrated(page);
        assert.match(await page.locator("h1").innerText(), /Thank you, Ioanna/);
        assertQuiet(page);
      });
    });

    it("is declined without taking anything, and the shopper can try another card", async () => {
      await withPage({ script }, async (page) => {
        await buy(page, "4000 0000 0000 0002");
        await page.getByText("Your bank declined this card").first().waitFor();
        assert.match(page.url(), /\/checkout\/payment/);
        assertQuiet(page);
      });
    });

    it("appears for staff, who are let in by their sign-in alone", async () => {
      const people = await signIns();
      await withPage({ script }, async (page) => {
        await signIn(page, people.admin, "/admin/orders");
        await page.locator('main a[href*="/admin/orders/ord_"]').first().waitFor();
        await assertNoSidewaysScroll(page);
        assertQuiet(page);
      });
      await withPage({ script }, async (page) => {
        await page.goto("/admin/orders");
        assert.match(page.url(), /sign-in/);
      });
    });
  });
}
