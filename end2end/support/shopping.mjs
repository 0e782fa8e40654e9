// What a guest does between the shelf and the payment.
import { arrive, hydrated, visit } from "./browser.mjs";

/** The shop whose portal the demo's seller signs in to. */
export const OWN_SHOP = { name: "Halden Pottery", goods: "/en-gb/search?f.seller=halden-pottery" };

/** Cards of the sandbox bank, by what they show. */
export const CARDS = {
  approved: "4242 4242 4242 4242",
  declined: "4000 0000 0000 0002",
  challenged: "4000 0025 0000 3155",
  silent: "4000 0000 0000 0119",
  late: "4000 0000 0000 0077",
};

/**
 * Puts goods of a list into the cart: the `nth` that the list shows, or the next of which there are
 * enough; other journeys buy, too. Answers their title.
 */
export async function addToCart(page, list = OWN_SHOP.goods, { nth = 0, quantity = 1 } = {}) {
  await visit(page, list);
  const goods = page.locator('main article a[href*="/p/"]');
  const paths = await goods.evaluateAll((links) => [...new Set(links.map((link) => new URL(link.href).pathname))]);
  for (const path of paths.slice(nth)) {
    if (page.url().includes("/p/")) await visit(page, list);
    await page.locator(`main article a[href$="${path}"]`).first().click();
    await arrive(page, (url) => url.pathname === path);
    const add = page.getByRole("button", { name: "Add to cart" }).first();
    if ((await add.count()) === 0) continue;
    await page.getByRole("spinbutton", { name: "Quantity" }).fill(String(quantity));
    const title = (await page.getByRole("heading", { level: 1 }).innerText()).trim();
    await add.click();
    const tooFew = page.getByText(/^(Only \d+ (is|are) left|This is sold out)\./).first();
    const outcome = await Promise.race([
      page.waitForURL(/[/?&=]cart/, { waitUntil: "domcontentloaded" }).then(() => "bought", (error) => error),
      tooFew.waitFor().then(() => "too few", (error) => error),
    ]);
    if (outcome === "too few") continue;
    if (outcome !== "bought") throw outcome;
    await hydrated(page);
    return title;
  }
  throw new Error(`${list} has nothing of which ${quantity} can be bought`);
}

/** What a guest types into the first step; `email` is theirs alone, so that they can be found by it. */
export function guest(email) {
  return { Email: email, "Full name": "Ioanna Pappa", "Street and number": "Ermou 1", Postcode: "105 63", City: "Athens" };
}

/** From the cart to the payment's page. */
export async function goToPayment(page, email) {
  await visit(page, "/en-gb/cart");
  await page.locator("main").getByRole("link", { name: "Checkout" }).first().click();
  await arrive(page, /\/checkout$/);
  for (const [label, value] of Object.entries(guest(email))) await page.getByLabel(label).fill(value);
  await page.getByRole("button", { name: "Continue to payment" }).click();
  await arrive(page, /\/checkout\/payment/);
}

/** Types a card and pays, `twice` as impatient people click; where that leads is the card's matter. */
export async function payWith(page, card, { twice = false } = {}) {
  await hydrated(page);
  await page.getByLabel("Card number").fill(card);
  await page.getByLabel("Expiry").fill("12 / 40");
  await page.getByLabel("CVC").fill("123");
  const pay = page.getByRole("button", { name: /^Pay / });
  await (twice ? pay.dblclick() : pay.click());
}

/** Waits for the order's page; answers its number, such as `100012`. */
export async function orderNumber(page) {
  await arrive(page, /\/order\//);
  const line = await page.getByText(/^Order \S+, placed/).innerText();
  return line.match(/^Order (\S+),/)[1];
}

/** The whole purchase of one thing with a card that is approved; answers the order's number. */
export async function buy(page, email) {
  await addToCart(page);
  await goToPayment(page, email);
  await payWith(page, CARDS.approved);
  return orderNumber(page);
}
