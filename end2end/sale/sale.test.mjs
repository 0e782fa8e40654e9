// One sale from the shelf to the last refund, with JavaScript on and off.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { arrive, hydrated, reloadUntil, visit, withPage } from "../support/browser.mjs";
import { assertNoSidewaysScroll, assertQuiet } from "../support/checks.mjs";
import { signIn, signIns } from "../support/people.mjs";
import { CARDS, OWN_SHOP, addToCart, goToPayment, orderNumber, payWith } from "../support/shopping.mjs";

const people = await signIns();

/** An amount such as `€1,234.50` in cents. */
function cents(text) {
  const found = text.match(/€([\d,]+)\.(\d\d)/);
  assert.ok(found, `no amount in ${JSON.stringify(text)}`);
  return Number(found[1].replaceAll(",", "")) * 100 + Number(found[2]);
}

/** Finds an order by what the filter is given, as staff do; answers on the order's page. */
async function findOrder(page, number, typed) {
  await visit(page, "/admin/orders");
  await page.getByLabel("Order number or email").fill(typed);
  await page.getByRole("button", { name: "Apply filters" }).click();
  await arrive(page, (url) => url.searchParams.get("q") === typed);
  // One row and no other: the list from before may still be there for a moment.
  await page.locator("main tbody tr").nth(1).waitFor({ state: "detached" });
  await page.locator('main a[href*="/admin/orders/ord_"]').filter({ hasText: number }).click();
  await page.getByRole("heading", { level: 1, name: `Order ${number}` }).waitFor();
  await hydrated(page);
}

for (const script of [true, false]) {
  const mode = script ? "on" : "off";
  const email = (word) => `${word}-${mode}@example.com`;

  describe(`a sale with JavaScript ${mode}`, () => {
    /** What one test hands to the next: the same order goes through all hands. */
    const sale = {};

    it("is bought by a guest from two shops", async () => {
      await withPage({ script }, async (page) => {
        sale.own = await addToCart(page, OWN_SHOP.goods, { quantity: 3 });
        sale.other = await addToCart(page, "/en-gb/search?q=scarf");
        assert.notEqual(sale.own, sale.other);
        await goToPayment(page, email("sale"));
        const button = await page.getByRole("button", { name: /^Pay / }).innerText();
        sale.total = cents(button);
        // Clicked twice, it is bought once: staff find one order below.
        await payWith(page, CARDS.approved, { twice: true });
        sale.number = await orderNumber(page);
        sale.address = new URL(page.url()).pathname;
        assert.match(await page.locator("h1").innerText(), /^Thank you, Ioanna\. It arrives .+\.$/);
        const words = await page.locator("main").innerText();
        for (const title of [sale.own, sale.other]) assert.ok(words.includes(title), `${title} is not on the order's page`);
        assertQuiet(page);
      });
    });

    it("asks for 8 answers at most, and says what is missing where it is missing", async () => {
      await withPage({ script }, async (page) => {
        await addToCart(page);
        await visit(page, "/en-gb/checkout");
        const asked = async () => (await page.locator("main input:visible:not([type=radio], [type=checkbox])").count());
        const first = await asked();
        await page.getByLabel("Full name").fill("Ioanna Pappa");
        await page.getByRole("button", { name: "Continue to payment" }).click();
        await page.getByRole("heading", { name: "Check 4 answers" }).or(page.getByText(/^Check 4 answers\.?$/)).first().waitFor();
        await page.locator('input[name="email"][aria-invalid="true"]').waitFor();
        if (script) await page.waitForFunction(() => document.title.startsWith("Error: "));
        assert.match(await page.title(), /^Error: /);
        assert.equal(await page.getByLabel("Full name").inputValue(), "Ioanna Pappa", "what was typed is gone");
        // The summary leads to the field.
        await page.locator("main").getByRole("link", { name: /email/i }).first().click();
        assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("name")), "email");
        await goToPayment(page, email("answers"));
        const second = await asked();
        assert.ok(first + second <= 8, `${first} and ${second} answers`);
        assertQuiet(page, { refused: true });
      });
    });

    it("is shipped by its seller, who sees the own part only", async () => {
      await withPage({ script }, async (page) => {
        await signIn(page, people.seller, "/seller");
        await visit(page, "/seller/orders");
        await page.locator("main").getByRole("link", { name: sale.number }).first().click();
        await page.getByRole("heading", { level: 1, name: `Order ${sale.number}` }).waitFor();
        await hydrated(page);
        const words = await page.locator("main").innerText();
        assert.ok(words.includes(sale.own), "the shop's own line is missing");
        assert.ok(!words.includes(sale.other), "another shop's line is shown");

        // Nothing is shipped without a carrier and a number.
        await page.getByRole("button", { name: "Mark as shipped" }).click();
        await page.getByText("Choose who carries the parcel.").first().waitFor();
        await page.getByText("Enter the tracking number.").first().waitFor();

        sale.tracking = `TR${mode.toUpperCase()}${sale.number.replace(/\D/g, "")}`;
        await page.getByLabel("Carrier").selectOption({ index: 1 });
        await page.getByLabel("Tracking number").fill(sale.tracking);
        await page.getByRole("button", { name: "Mark as shipped" }).click();
        await page.getByText(/^Shipped with /).first().waitFor();
        await hydrated(page);
        await page.getByText(sale.tracking).first().waitFor();
        assert.equal(await page.getByRole("button", { name: "Mark as shipped" }).count(), 0, "it could be shipped again");
        assertQuiet(page, { refused: true });
      });
    });

    it("tells its buyer that one parcel is on its way and the other is not", async () => {
      await withPage({ script }, async (page) => {
        await visit(page, sale.address);
        await page.getByText(sale.tracking).first().waitFor();
        assert.equal(await page.getByText("Parcel on its way").count(), 1);
        assert.equal(await page.getByText(/ packs your parcel$/).count(), 1);
        assertQuiet(page);
      });
    });

    it("is found by staff by its email, is refunded in part, then the rest, and tells so", async () => {
      await withPage({ script }, async (page) => {
        await signIn(page, people.staff, "/admin");
        await findOrder(page, sale.number, email("sale"));
        const record = new URL(page.url()).pathname;
        const timeline = page.getByRole("region", { name: "Timeline" }).or(page.locator("main section").filter({ has: page.getByRole("heading", { name: "Timeline" }) }));
        for (const step of ["Placed", "Paid", "Shipped"]) await timeline.getByText(step, { exact: true }).first().waitFor();

        // One of the three units. The dialog's button names what it moves.
        await page.getByRole("link", { name: "Refund", exact: true }).click();
        await arrive(page, /dialog=refund/);
        const dialog = page.getByRole("dialog");
        const whole = await dialog.getByRole("button", { name: /^Refund €/ }).innerText();
        assert.equal(cents(whole), sale.total, "everything is offered first");
        await dialog.getByText("Refund only some items").click();
        await dialog.getByLabel(`${sale.own}`).first().fill("1");
        await dialog.getByRole("button", { name: "Show what it comes to" }).first().click();
        await arrive(page, /scope=some/);
        const some = dialog.getByRole("button", { name: /^Refund €/ });
        await page.waitForURL(/u\.[^=]+=1/);
        await dialog.getByText("This is for the items you chose below.").waitFor();
        const part = cents(await some.innerText());
        assert.ok(part > 0 && part < sale.total, `${part} of ${sale.total}`);
        await dialog.getByLabel("Reason").selectOption({ label: "Damaged" });
        // Clicked twice, it is refunded once: the rest below is what one refund leaves.
        await some.dblclick();
        await page.getByText(/^Refund of €.+ is on its way$/).first().waitFor();
        await arrive(page, (url) => url.pathname === record && !url.search);
        await reloadUntil(page, timeline.getByText("Refunded", { exact: true }));
        assert.ok((await timeline.innerText()).includes("Refund requested"));

        // The rest is what is left, to the cent.
        await page.getByRole("link", { name: "Refund", exact: true }).click();
        await arrive(page, /dialog=refund/);
        const rest = page.getByRole("dialog").getByRole("button", { name: /^Refund €/ });
        assert.equal(cents(await rest.innerText()), sale.total - part);
        await rest.click();
        await page.getByText(/^Refund of €.+ is on its way$/).first().waitFor();
        await arrive(page, (url) => url.pathname === record && !url.search);
        await reloadUntil(page, timeline.getByText("Refunded", { exact: true }).nth(1));

        // Nothing is left, so nothing is offered.
        assert.equal(await page.getByRole("link", { name: "Refund", exact: true }).count(), 0, "it could be refunded again");
        await assertNoSidewaysScroll(page);
        assertQuiet(page);
      });
      await withPage({ script }, async (page) => {
        await visit(page, sale.address);
        const words = await page.locator("main").innerText();
        assert.match(words, /Given back/);
        assert.equal(cents(words.slice(words.indexOf("Given back"))), sale.total);
        assert.match(words, /Refund paid/);
        // It promises what was sent, and nothing of what was not.
        assert.equal(await page.locator("h1").innerText(), `Order ${sale.number} is refunded`);
        assert.doesNotMatch(words, /Thank you|packs your parcel/);
        assert.equal(await page.getByText("Nothing more is sent: all of your money went back to you.").count(), 1);
        assert.equal(await page.getByText(/^Arrives /).count(), 1);
      });
    });

    it("is declined without taking anything, and another card pays it", async () => {
      await withPage({ script }, async (page) => {
        await addToCart(page);
        await goToPayment(page, email("declined"));
        await payWith(page, CARDS.declined);
        await arrive(page, /\/checkout\/payment\?declined/);
        await page.getByText("Your bank declined this card. Nothing was taken.").first().waitFor();
        // Which card it was is said beside the form; of the card itself only what is no secret is there.
        await page.locator("form#card").getByText("Visa ending 0002").waitFor();
        assert.match(await page.title(), /^Error: /);
        assert.equal(await page.getByLabel("Card number").inputValue(), "", "a card number came back");
        assert.equal(await page.getByLabel("CVC").inputValue(), "", "a security code came back");
        assert.equal(await page.getByLabel("Expiry").inputValue(), "12/40");
        await payWith(page, CARDS.approved);
        await orderNumber(page);
        assertQuiet(page);
      });
    });

    it("asks for a card number that can be read", async () => {
      await withPage({ script }, async (page) => {
        await addToCart(page);
        await goToPayment(page, email("unreadable"));
        await payWith(page, "1234");
        await arrive(page, /\/checkout\/payment\?invalid=number/);
        await page.getByText("Enter the card number as printed, like 4242 4242 4242 4242").first().waitFor();
        assert.equal(await page.getByLabel("Card number").inputValue(), "", "a card number came back");
        assert.equal(await page.getByLabel("Expiry").inputValue(), "12/40");
        assertQuiet(page);
      });
    });

    it("goes through when the bank's question is answered with yes, and back when with no", async () => {
      await withPage({ script }, async (page) => {
        await addToCart(page);
        await goToPayment(page, email("asked"));
        await payWith(page, CARDS.challenged);
        await page.getByRole("button", { name: "Decline" }).click();
        await arrive(page, /\/checkout\/payment/);
        await page.getByText("Your bank couldn't confirm that it's you. Nothing was taken.").first().waitFor();
        await payWith(page, CARDS.challenged);
        await page.getByRole("button", { name: "Approve payment" }).click();
        await orderNumber(page);
        assertQuiet(page);
      });
    });

    it("is found out when the bank's answer is lost", async () => {
      await withPage({ script }, async (page) => {
        await addToCart(page);
        await goToPayment(page, email("silent"));
        page.setDefaultTimeout(60_000);
        await payWith(page, CARDS.silent);
        await orderNumber(page);
        assertQuiet(page);
      });
    });

    it("waits for a bank that approves late, and shows the order by itself", async () => {
      await withPage({ script }, async (page) => {
        await addToCart(page);
        await goToPayment(page, email("late"));
        page.setDefaultTimeout(60_000);
        await payWith(page, CARDS.late);
        await arrive(page, /\/checkout\/return/);
        await page.getByRole("heading", { name: "Waiting for your bank" }).waitFor();
        await orderNumber(page);
        assertQuiet(page);
      });
    });

    it("becomes an order by the bank's message alone, when the shopper has left", async () => {
      await withPage({ script }, async (page) => {
        await addToCart(page);
        await goToPayment(page, email("left"));
        await payWith(page, CARDS.late);
        await arrive(page, /\/checkout\/return/);
      });
      // Nobody looks at the payment any more.
      await withPage({ script }, async (page) => {
        await signIn(page, people.staff, "/admin");
        await visit(page, `/admin/orders?q=${encodeURIComponent(email("left"))}`);
        await reloadUntil(page, page.locator('main a[href*="/admin/orders/ord_"]'));
        assert.equal(await page.locator("main tbody tr").count(), 1);
        assertQuiet(page);
      });
    });

    it("shows nothing of itself to those who have not signed in, or are somebody else", async () => {
      await withPage({ script }, async (page) => {
        await visit(page, "/admin/orders");
        assert.match(page.url(), /\/sign-in\?next=\/admin\/orders/);
        await visit(page, "/seller/orders");
        assert.match(page.url(), /\/sign-in\?next=\/seller\/orders/);
      });
      await withPage({ script }, async (page) => {
        await signIn(page, people.shopper, "/en-gb/account");
        assert.equal((await visit(page, "/admin/orders")).status(), 403);
        assert.equal((await visit(page, "/seller/orders")).status(), 403);
      });
    });
  });
}
