// Every page that a shopper or a developer can reach, and what they see when there is none.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withPage } from "../support/browser.mjs";
import { crawl } from "../support/crawl.mjs";
import { checkPage } from "../support/pages.mjs";
import { signedIn } from "../support/people.mjs";
import { CARDS, addToCart, buy, goToPayment, payWith } from "../support/shopping.mjs";

const SHOP = /^\/(en-gb\b|developers\b|$)/;

// Who looks at them, and what they have done before. All of it comes before the first test: the
// runner takes a pause between two suites for the end.
const START = ["/", "/developers", "/en-gb/search?q=jug", "/en-gb/search?q=nothing-is-called-this"];
const pages = await crawl(START, { within: SHOP });

const filled = await withPage({ script: false }, async (page) => {
  await addToCart(page, undefined, { quantity: 2 });
  await addToCart(page, "/en-gb/search?q=lamp");
  await goToPayment(page, "crawl-cart@example.com");
  return page.context().storageState();
});

const bought = await withPage({ script: false }, async (page) => {
  await buy(page, "crawl-order@example.com");
  return new URL(page.url()).pathname;
});

/** A payment that the bank is still asking about. */
const asked = await withPage({ script: false }, async (page) => {
  await addToCart(page);
  await goToPayment(page, "crawl-asked@example.com");
  const back = new URL(await page.locator('input[name="return_url"]').getAttribute("value"));
  await payWith(page, CARDS.challenged);
  await page.getByRole("button", { name: "Approve payment" }).waitFor();
  return { path: back.pathname + back.search, storageState: await page.context().storageState() };
});

const shopper = await signedIn("shopper", "/en-gb/account");
const account = await crawl(["/en-gb/account"], { within: /^\/en-gb\/account\b/, storageState: shopper });

describe("every page that a visitor can reach", () => {
  it("is found by links", () => {
    for (const path of ["/en-gb", "/en-gb/cart", "/en-gb/sign-in", "/developers", "/developers/reference"]) {
      assert.ok(pages.includes(path), `${path} is not among ${pages.join(", ")}`);
    }
    assert.ok(pages.some((path) => path.startsWith("/en-gb/p/")), "no product");
    assert.ok(pages.some((path) => path.startsWith("/en-gb/c/")), "no category");
  });

  for (const path of pages) checkPage(path);
});

describe("every page on the way to the payment", () => {
  for (const path of ["/en-gb/cart", "/en-gb/checkout", "/en-gb/checkout/payment", "/en-gb/checkout/payment?declined=1", "/en-gb/checkout/payment?invalid=number"]) {
    checkPage(path, { storageState: filled });
  }
});

describe("every page after the payment", () => {
  checkPage(bought);
  checkPage(asked.path, { storageState: asked.storageState });
});

describe("every page of an account", () => {
  for (const path of account) checkPage(path, { storageState: shopper });
});

describe("what is not there, or not for you, is a page too", () => {
  const nobody = ["/nothing", "/en-gb/nothing", "/en-gb/c/nothing", "/en-gb/p/nothing", "/en-gb/order/nothing", "/en-gb/checkout/return?payment=nothing", "/developers/nothing", "/developers/reference/nothing"];
  for (const path of nobody) checkPage(path, { status: 404 });
  for (const path of ["/seller", "/admin", "/admin/orders"]) checkPage(path, { status: 403, storageState: shopper });
});
