// What somebody keeps in their account: name and address, the address book, phones, what they agreed
// to, their orders; and what staff see of them. With JavaScript on and off.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BASE_URL, arrive, shoot, visit, withPage } from "../support/browser.mjs";
import { assertAccessible as assertNoBarrier, assertNoSidewaysScroll, assertQuiet } from "../support/checks.mjs";
import { checkPage } from "../support/pages.mjs";
import { signedIn } from "../support/people.mjs";
import { buy } from "../support/shopping.mjs";

const PASSWORD = "lavender on tuesday";
const storageState = await signedIn("shopper", "/en-gb/account");
const staff = await signedIn("staff", "/admin");

/** A journey that takes longer than this many milliseconds hangs. */
const PATIENCE = { timeout: 120_000 };

/** What axe finds; it needs the page's script. */
const assertAccessible = (page) => (page.scripted ? assertNoBarrier(page) : undefined);

/** The page at this path, whatever it was asked. */
const at = (path) => (url) => url.pathname === path;

/** The newest mail to `to` whose subject contains `subject`, as its page says it; waits for it. */
async function mailTo(to, subject, within = 45_000) {
  const end = Date.now() + within;
  for (;;) {
    const list = await (await fetch(`${BASE_URL}/dev/mail`)).text();
    const rows = [...list.matchAll(/<a href="(\/dev\/mail\/[^"]+)"><strong>([^<]*)<\/strong><span>([^<]*)<\/span>/g)];
    const mine = rows.find(([, , about, address]) => address.includes(to) && about.includes(subject));
    if (mine) return (await fetch(`${BASE_URL}${mine[1]}`)).text();
    assert.ok(Date.now() < end, `no mail "${subject}" to ${to}`);
    await new Promise((done) => setTimeout(done, 500));
  }
}

/** The address in that mail, within this site. */
async function linkFrom(to, subject) {
  const link = (await mailTo(to, subject)).match(/https?:\/\/[^\s"<]+\/en-gb\/[^\s"<]+/);
  assert.ok(link, `no link in the mail ${subject}`);
  const { pathname, search } = new URL(link[0].replaceAll("&amp;", "&"));
  return pathname + search;
}

async function enter(page, email) {
  await visit(page, "/en-gb/sign-in?next=/en-gb/account");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.locator("main").getByRole("button", { name: "Sign in", exact: true }).click();
  await arrive(page, at("/en-gb/account"));
}

async function signUp(page, email) {
  await visit(page, "/en-gb/sign-up");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Full name").fill("Ioanna Pappa");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("heading", { level: 1, name: "Check your email" }).waitFor();
  await visit(page, await linkFrom(email, "Confirm your email address"));
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Confirm and sign in" }).click();
  await arrive(page, at("/en-gb/account"));
}

/** Looks at the page as the rest of the tests do. */
async function looks(page, name) {
  await assertAccessible(page);
  await assertNoSidewaysScroll(page);
  await shoot(page, name);
}

for (const script of [true, false]) {
  const mode = script ? "on" : "off";
  const stamp = Date.now();
  const email = `customer-${mode}-${stamp}@example.com`;
  const moved = `moved-${mode}-${stamp}@example.com`;

  describe(`a customer's account with JavaScript ${mode}`, () => {
    it("has what its owner bought as a guest, once the address is confirmed", PATIENCE, async () => {
      await withPage({ script }, async (page) => {
        const number = await buy(page, email);
        await signUp(page, email);
        await visit(page, "/en-gb/account/orders");
        await page.getByRole("link", { name: number }).waitFor();
        await looks(page, `account-orders-${mode}`);
        await visit(page, "/en-gb/account");
        await looks(page, `account-overview-${mode}`);
        await page.getByRole("link", { name: number }).click();
        await arrive(page, /\/order\//);
        await page.getByText(`Order ${number}, placed`).waitFor();
        assertQuiet(page);
      });
    });

    it("keeps addresses by the rules of their country", PATIENCE, async () => {
      await withPage({ script }, async (page) => {
        await enter(page, email);
        await visit(page, "/en-gb/account/addresses");
        await page.getByText("No addresses yet").waitFor();
        await page.getByRole("link", { name: "Add address" }).click();
        await arrive(page, at("/en-gb/account/addresses/new"));
        await page.getByLabel("Street and number").fill("Ermou 12");
        await page.getByLabel("Postcode").fill("1");
        await page.getByRole("button", { name: "Save address" }).click();
        await page.getByRole("alert").filter({ hasText: "Check 2 answers" }).waitFor();
        assert.equal(await page.getByLabel("Street and number").inputValue(), "Ermou 12");
        await looks(page, `account-address-${mode}`);
        await page.getByLabel("Postcode").fill("10431");
        await page.getByLabel("City").fill("Athens");
        await page.getByRole("button", { name: "Save address" }).click();
        await arrive(page, at("/en-gb/account/addresses"));
        await page.getByText("104 31 Athens").waitFor();
        await page.getByText("For parcels and bills").waitFor();

        // Another country asks for other things.
        await page.getByRole("link", { name: "Add address" }).click();
        await arrive(page, at("/en-gb/account/addresses/new"));
        await page.getByText("Country: Greece.").click();
        await page.getByLabel("Country").selectOption("US");
        await page.getByRole("button", { name: "Use this country" }).click();
        await arrive(page, (url) => url.searchParams.get("country") === "US");
        await page.getByLabel("ZIP code").fill("10001");
        await page.getByLabel("Street and number").fill("5th Avenue 1");
        await page.getByLabel("City").fill("New York");
        await page.getByRole("button", { name: "Save address" }).click();
        await page.getByRole("alert").filter({ hasText: "Choose a state" }).waitFor();
        await page.getByLabel("State").selectOption("NY");
        await page.getByRole("button", { name: "Save address" }).click();
        await arrive(page, at("/en-gb/account/addresses"));
        await page.getByText("New York, NY 10001").waitFor();
        await looks(page, `account-addresses-${mode}`);

        await page.getByRole("button", { name: "Use 5th Avenue 1 for parcels" }).click();
        await page.getByText("Your parcels go there unless you say otherwise").waitFor();
        await page.getByText("For parcels", { exact: true }).waitFor();
        await page.getByRole("link", { name: "Edit Ermou 12" }).click();
        await arrive(page, /\/account\/addresses\/adr_/);
        await page.getByLabel("Street and number").fill("Ermou 14");
        await page.getByRole("button", { name: "Save address" }).click();
        await arrive(page, at("/en-gb/account/addresses"));
        await page.getByRole("link", { name: "Remove Ermou 14" }).click();
        await page.getByRole("dialog").getByText("Ermou 14").waitFor();
        await looks(page, `account-address-remove-${mode}`);
        await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
        await page.getByText("Removed the address").waitFor();
        assert.equal(await page.getByText("Ermou 14").count(), 0);
        assertQuiet(page, { refused: true });
      });
    });

    it("says what may be written about, and stops it by a link", PATIENCE, async () => {
      await withPage({ script }, async (page) => {
        await enter(page, email);
        await visit(page, "/en-gb/account/privacy");
        await page.getByText("You haven't agreed to anything.").waitFor();
        await page.getByLabel(/^News and offers/).check();
        await page.getByLabel("At most").selectOption("weekly");
        await page.getByRole("button", { name: "Save choices" }).click();
        await page.getByText("Saved your choices").waitFor();
        await page.getByText("Agreed: News and offers, by email").waitFor();
        assert.equal(await page.getByLabel(/^News and offers/).isChecked(), true);
        await looks(page, `account-privacy-${mode}`);
        await page.getByLabel(/^News and offers/).uncheck();
        await page.getByRole("button", { name: "Save choices" }).click();
        await page.getByText("Stopped: News and offers, by email").waitFor();
        assertQuiet(page);
      });
    });

    it("proves a phone number by a code", PATIENCE, async () => {
      await withPage({ script }, async (page) => {
        await enter(page, email);
        await visit(page, "/en-gb/account/profile");
        await page.getByLabel("Phone number").fill("694 123 4567");
        await page.getByRole("button", { name: "Add number" }).click();
        await page.getByRole("alert").filter({ hasText: "with its country's code" }).waitFor();
        const digits = `694${script ? 1 : 2}${String(stamp).slice(-6)}`;
        await page.getByLabel("Phone number").fill(`+30 ${digits}`);
        await page.getByRole("button", { name: "Add number" }).click();
        await page.getByText("Sent a code to your phone").waitFor();
        const code = (await mailTo(`30${digits}`, "Text message")).match(/(\d{6}) is your Stoa code/)[1];
        await looks(page, `account-profile-${mode}`);
        await page.getByLabel("Code from the message").fill("x");
        await page.getByRole("button", { name: "Confirm number" }).click();
        await page.getByRole("alert").filter({ hasText: "not the code we sent" }).waitFor();
        await page.getByLabel("Code from the message").fill(code);
        await page.getByRole("button", { name: "Confirm number" }).click();
        await page.getByText("Confirmed your number").waitFor();
        await page.getByRole("button", { name: /^Remove \+30/ }).click();
        await page.getByText("Removed the number").waitFor();
        assertQuiet(page, { refused: true });
      });
    });

    it("changes its name and its email address", PATIENCE, async () => {
      await withPage({ script }, async (page) => {
        await enter(page, email);
        await visit(page, "/en-gb/account/profile");
        await page.getByLabel("Full name").fill("Ioanna Papadaki");
        await page.getByRole("button", { name: "Save name" }).click();
        await page.getByText("Saved your name").waitFor();
        await page.getByLabel("New email address").fill(moved);
        await page.getByRole("button", { name: "Send link" }).click();
        await page.getByText("Sent a link to your new address").waitFor();
        await mailTo(email, "Somebody asked to change your email address");
        await visit(page, await linkFrom(moved, "Confirm your new email address"));
        await looks(page, `account-new-email-${mode}`);
        await page.getByRole("button", { name: "Use this address" }).click();
        await arrive(page, at("/en-gb/account/profile"));
        await page.getByText(`You sign in with ${moved}.`).waitFor();
        await mailTo(email, "Your account has another email address");
        assertQuiet(page);
      });
    });

    it("has a copy of its data, and asks for its deletion and calls it off", PATIENCE, async () => {
      await withPage({ script }, async (page) => {
        await enter(page, moved);
        await visit(page, "/en-gb/account/privacy");
        await page.getByRole("button", { name: "Export my data" }).click();
        await page.getByText("We're putting your copy together").waitFor();
        await mailTo(moved, "The copy of your data is ready");
        await visit(page, "/en-gb/account/privacy");
        const file = await page.getByRole("link", { name: "Download JSON" }).getAttribute("href");
        const answer = await page.context().request.get(`${BASE_URL}${file}`);
        assert.equal(answer.status(), 200);
        assert.ok((await answer.text()).includes(moved));
        await looks(page, `account-data-${mode}`);

        await page.getByRole("link", { name: "Delete account" }).click();
        await page.getByRole("dialog").getByText("Nothing happens until you open it").waitFor();
        await looks(page, `account-delete-${mode}`);
        await page.getByRole("dialog").getByRole("button", { name: "Send the link" }).click();
        await page.getByText("Check your email: we sent a link").waitFor();
        await visit(page, await linkFrom(moved, "Confirm that your data are to be deleted"));
        await looks(page, `data-request-${mode}`);
        await page.getByRole("button", { name: "Delete in 7 days" }).click();
        await page.getByRole("heading", { level: 1, name: "Your data will be deleted" }).waitFor();
        await looks(page, `data-request-waiting-${mode}`);
        await page.getByRole("button", { name: "Keep my data" }).click();
        await page.getByRole("heading", { level: 1, name: "Your data stay" }).waitFor();
        assertQuiet(page);
      });
    });
  });
}

describe("customers in the back office", () => {
  it("are merged after a look, and what they ask is watched", PATIENCE, async () => {
    const storageState = await signedIn("staff", "/admin");
    for (const script of [true, false]) {
      const mode = script ? "on" : "off";
      const double = `double-${mode}-${Date.now()}@example.com`;
      // Somebody who is not signed in.
      await withPage({ script }, (page) => buy(page, double));
      await withPage({ storageState, script }, async (page) => {
        await visit(page, "/admin/customers?q=shopper@stoa.example");
        await page.getByRole("link", { name: /^A… M…/ }).click();
        await arrive(page, /\/admin\/customers\/cus_/);
        await page.getByRole("link", { name: "Merge customers" }).click();
        await arrive(page, /\/merge$/);
        await page.getByLabel("The other customer").fill("nobody@example.com");
        await page.getByRole("button", { name: "Show what moves" }).click();
        await page.getByText("There is no other customer with this address").waitFor();
        await page.getByLabel("The other customer").fill(double);
        await page.getByRole("button", { name: "Show what moves" }).click();
        await page.getByText("1 order", { exact: true }).waitFor();
        await looks(page, `admin-merge-${mode}`);
        await page.getByLabel("Why they are one person").fill("Same street");
        await page.getByRole("button", { name: "Merge", exact: true }).click();
        await page.getByText("Merged the two records").waitFor();
        await page.getByRole("button", { name: "Send a copy" }).click();
        await page.getByText("A copy is being made").waitFor();
        await visit(page, "/admin/customers/privacy?show=all");
        await page.getByRole("link", { name: /^A… M…/ }).first().waitFor();
        await looks(page, `admin-data-requests-${mode}`);
        assertQuiet(page);
      });
    }
  });

  it("are masked until somebody says why they look", PATIENCE, async () => {
    const storageState = await signedIn("staff", "/admin");
    for (const script of [true, false]) {
      await withPage({ storageState, script }, async (page) => {
        await visit(page, "/admin/customers?q=shopper@stoa.example");
        await page.getByRole("link", { name: /^A… M…/ }).click();
        await arrive(page, /\/admin\/customers\/cus_/);
        const main = page.locator("main");
        if (script) assert.ok(!(await main.innerText()).includes("shopper@stoa.example"));
        await page.getByLabel("Note", { exact: true }).fill(`Called at ${Date.now()}`);
        await page.getByRole("button", { name: "Add note" }).click();
        await page.getByText("Added the note").waitFor();
        const tag = `tag ${Date.now()}`;
        await page.getByLabel("Tag", { exact: true }).fill(tag);
        await page.getByRole("button", { name: "Add tag" }).click();
        await page.getByText("Added the tag").waitFor();
        await looks(page, `admin-customer-${script ? "on" : "off"}`);
        await page.getByRole("button", { name: `Take off ${tag}` }).click();
        await page.getByText("Took the tag off").waitFor();
        // One reveal lasts ten minutes in a session: the second time nothing is asked.
        const reveal = page.getByRole("link", { name: "Reveal" });
        if ((await reveal.count()) === 1) {
          await reveal.click();
          await page.getByLabel("Why do you need it?").fill("A");
          await page.getByRole("dialog").getByRole("button", { name: "Reveal" }).click();
          await page.getByRole("alert").filter({ hasText: "Say why you need to see it" }).waitFor();
          await page.getByLabel("Why do you need it?").fill("Asked about an order");
          await page.getByRole("dialog").getByRole("button", { name: "Reveal" }).click();
          await page.getByText("Shown for ten minutes").waitFor();
        }
        await main.getByText("shopper@stoa.example").waitFor();
        assertQuiet(page, { refused: true });
      });
    }
  });
});

describe("the pages of an account that no link leads to", () => {
  checkPage("/en-gb/account/addresses/new?country=HK", { storageState });
  checkPage("/en-gb/unsubscribe?token=nothing", { status: 404 });
  checkPage("/en-gb/data-request?token=nothing", { status: 404 });
  checkPage("/en-gb/account/profile/email?token=nothing", { status: 404, storageState });
  checkPage("/admin/customers/privacy", { storageState: staff });
});
