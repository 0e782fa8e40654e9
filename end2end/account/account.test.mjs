// Making an account, coming back into it, and looking after it, with JavaScript on and off.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import { arrive, shoot, visit, withPage } from "../support/browser.mjs";
import { assertAccessible as assertNoBarrier, assertNoSidewaysScroll, assertQuiet } from "../support/checks.mjs";
import { linkFrom } from "../support/mail.mjs";
import { checkPage } from "../support/pages.mjs";

const FIRST = "lavender on tuesday";
const SECOND = "four quiet green herons";

/** What axe finds; it needs the page's script. */
const assertAccessible = (page) => (page.scripted ? assertNoBarrier(page) : undefined);

/** The page at this path, whatever it was asked; its address may stand in another's query. */
const at = (path) => (url) => url.pathname === path;

/** A journey that takes longer than this many milliseconds hangs. */
const PATIENCE = { timeout: 120_000 };

/** The code an authenticator app with this key shows `ahead` steps from now (RFC 6238). */
function codeOf(key, ahead = 0) {
  const bits = [...key.replaceAll(" ", "")].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const secret = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const hash = createHmac("sha1", secret).update(step).digest();
  const at = hash[19] & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

async function signUp(page, email, { name = "Ana Ruiz", password = FIRST } = {}) {
  await visit(page, "/en-gb/sign-up");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Full name").fill(name);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
}

async function enter(page, email, password) {
  await visit(page, "/en-gb/sign-in?next=/en-gb/account");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.locator("main").getByRole("button", { name: "Sign in" }).click();
}

for (const script of [true, false]) {
  const mode = script ? "on" : "off";
  const email = `account-${mode}-${Date.now()}@example.com`;

  describe(`an account with JavaScript ${mode}`, () => {
    it("says everything that is wrong and keeps what was typed", PATIENCE, async () => {
      await withPage({ script }, async (page) => {
        await signUp(page, "ana", { password: "iloveyouforever" });
        await page.getByRole("alert").filter({ hasText: "Check 2 answers" }).waitFor();
        assert.match(await page.title(), /^Error: /);
        assert.equal(await page.getByLabel("Email").inputValue(), "ana");
        assert.equal(await page.getByLabel("Full name").inputValue(), "Ana Ruiz");
        await assertAccessible(page);
        assertQuiet(page, { refused: true });
      });
    });

    it("is made when its address is confirmed with the password", PATIENCE, async () => {
      await withPage({ script }, async (page) => {
        await signUp(page, email);
        await page.getByRole("heading", { level: 1, name: "Check your email" }).waitFor();
        const link = await linkFrom(email, "Confirm your email address");
        await visit(page, link);
        assert.ok((await page.locator("main").innerText()).includes(email));
        await assertAccessible(page);
        await page.getByLabel("Password", { exact: true }).fill("not the one I chose");
        await page.getByRole("button", { name: "Confirm and sign in" }).click();
        await page.getByRole("alert").filter({ hasText: "not the password you chose" }).waitFor();
        await page.getByLabel("Password", { exact: true }).fill(FIRST);
        await page.getByRole("button", { name: "Confirm and sign in" }).click();
        await arrive(page, at("/en-gb/account"));
        const words = await page.locator("main").innerText();
        assert.ok(words.includes("Ana Ruiz") && words.includes(email), words);
        assertQuiet(page, { refused: true });
        await page.goto(link);
        await page.getByRole("heading", { level: 1, name: "This link doesn't work any more" }).waitFor();
      });
    });

    it("tells the owner of a known address, and nobody else", PATIENCE, async () => {
      await withPage({ script }, async (page) => {
        await signUp(page, email.toUpperCase(), { name: "Somebody", password: SECOND });
        await page.getByRole("heading", { level: 1, name: "Check your email" }).waitFor();
        assert.equal(await linkFrom(email.toUpperCase(), "You have an account already"), "/en-gb/sign-in");
        assertQuiet(page);
      });
    });

    it("is come back into with a new password", PATIENCE, async () => {
      await withPage({ script }, async (page) => {
        await visit(page, "/en-gb/sign-in");
        await page.getByRole("link", { name: "Forgot your password?" }).click();
        await arrive(page, at("/en-gb/recover"));
        await page.getByLabel("Email").fill(email);
        await page.getByRole("button", { name: "Send link" }).click();
        await page.getByRole("heading", { level: 1, name: "Check your email" }).waitFor();
        await visit(page, await linkFrom(email, "Choose a new password"));
        await assertAccessible(page);
        await page.getByLabel("New password", { exact: true }).fill("short");
        await page.getByRole("button", { name: "Save password" }).click();
        await page.getByRole("alert").filter({ hasText: "Check 1 answer" }).waitFor();
        await page.getByLabel("New password", { exact: true }).fill(SECOND);
        await page.getByRole("button", { name: "Save password" }).click();
        await arrive(page, at("/en-gb/sign-in"));
        await page.getByText("Saved your password. Sign in with it.").waitFor();
        await enter(page, email, FIRST);
        await page.getByRole("alert").filter({ hasText: "don't go together" }).waitFor();
        await enter(page, email, SECOND);
        await arrive(page, at("/en-gb/account"));
      });
    });

    it("is entered by a link, and signed out of elsewhere", PATIENCE, async () => {
      await withPage({ script }, async (page) => {
        await visit(page, "/en-gb/sign-in");
        await page.getByRole("link", { name: "Email me a sign-in link" }).click();
        await arrive(page, at("/en-gb/sign-in/link"));
        await page.getByLabel("Email").fill(email);
        await page.getByRole("button", { name: "Send sign-in link" }).click();
        await page.getByRole("heading", { level: 1, name: "Check your email" }).waitFor();
        await visit(page, await linkFrom(email, "Your sign-in link"));
        await assertAccessible(page);
        await page.locator("main").getByRole("button", { name: "Sign in" }).click();
        await arrive(page, at("/en-gb"));

        await visit(page, "/en-gb/account");
        await page.getByRole("navigation", { name: "Your account" }).getByRole("link", { name: "Sign-in and devices" }).click();
        await arrive(page, at("/en-gb/account/security"));
        await page.getByText("This device").waitFor();
        await assertAccessible(page);
        await assertNoSidewaysScroll(page);
        await page.getByRole("button", { name: /^Sign out of / }).first().click();
        await page.getByText("Signed out there").waitFor();

        // Signed in just now: the present password is not asked for.
        assert.equal(await page.getByLabel("Present password").count(), 0);
        await page.getByLabel("New password", { exact: true }).fill(FIRST);
        await page.getByRole("button", { name: "Save password" }).click();
        await page.getByText("Saved your password", { exact: true }).waitFor();
        assertQuiet(page);
      });
    });

    it("asks for a second step once that is turned on", PATIENCE, async () => {
      const app = {};
      await withPage({ script }, async (page) => {
        await enter(page, email, FIRST);
        await arrive(page, at("/en-gb/account"));
        await visit(page, "/en-gb/account/security");
        await page.getByRole("link", { name: "Set up a second step" }).click();
        await arrive(page, at("/en-gb/account/security/second-step"));
        await page.getByRole("button", { name: "Continue" }).click();
        await page.getByRole("heading", { name: "1. Add Stoa to your authenticator app" }).waitFor();
        await assertAccessible(page);
        await assertNoSidewaysScroll(page);
        await shoot(page, `second-step-${mode}`);
        app.key = await page.locator("span.font-mono").innerText();
        app.recovery = await page.locator("ul.font-mono li").allInnerTexts();
        assert.equal(app.recovery.length, 10);
        await page.getByLabel("6-digit code").fill(codeOf(app.key));
        await page.getByRole("button", { name: "Turn on the second step" }).click();
        await arrive(page, at("/en-gb/account/security"));
        await page.getByText("Turned on the second step").waitFor();
        await page.getByText("You have 10 recovery codes left.").waitFor();
        assertQuiet(page);
      });
      await withPage({ script }, async (page) => {
        await enter(page, email, FIRST);
        await arrive(page, /\/sign-in\/code\?next=/);
        await assertAccessible(page);
        await page.getByLabel("6-digit code").fill("000000");
        await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
        await page.getByRole("alert").filter({ hasText: "This code is wrong or was used already" }).waitFor();
        // The one of the next half minute: this one's was used to turn it on.
        await page.getByLabel("6-digit code").fill(codeOf(app.key, 1));
        await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
        await arrive(page, at("/en-gb/account"));
        assertQuiet(page, { refused: true });
      });
      await withPage({ script }, async (page) => {
        const out = () => page.locator("main").getByRole("button", { name: "Sign out" }).click();
        // Remembered, this browser is not asked again; but it has to prove more before it changes
        // how its owner signs in.
        await enter(page, email, FIRST);
        await arrive(page, /\/sign-in\/code\?next=/);
        await page.getByRole("link", { name: "Use a recovery code" }).click();
        await page.getByLabel("Recovery code").fill(app.recovery[0].toUpperCase());
        await page.getByLabel("Don't ask on this device for 30 days").check();
        await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
        await arrive(page, at("/en-gb/account"));
        await out();
        await enter(page, email, FIRST);
        await arrive(page, at("/en-gb/account"));
        await visit(page, "/en-gb/account/security/second-step");
        await page.getByText("These browsers sign in without the second step").waitFor();
        await assertAccessible(page);
        await assertNoSidewaysScroll(page);
        await page.getByRole("button", { name: "Turn off the second step" }).click();
        await arrive(page, /\/sign-in\/confirm\?next=/);
        await page.getByRole("heading", { level: 1, name: "Confirm that it's you" }).waitFor();
        await assertAccessible(page);
        await assertNoSidewaysScroll(page);
        await shoot(page, `confirm-${mode}`);
        await page.getByLabel("6-digit code").fill("000000");
        await page.getByRole("button", { name: "Confirm" }).click();
        await page.getByRole("alert").filter({ hasText: "This code is wrong or was used already" }).waitFor();
        await page.getByLabel("6-digit code").fill(app.recovery[1]);
        await page.getByRole("button", { name: "Confirm" }).click();
        await arrive(page, at("/en-gb/account/security/second-step"));
        await page.getByText("Carry on where you were").waitFor();
        assert.doesNotMatch(await page.title(), /^Error: /);
        await page.getByRole("button", { name: "Turn off the second step" }).click();
        await arrive(page, at("/en-gb/account/security"));
        await page.getByText("Turned off the second step").waitFor();
        assertQuiet(page, { refused: true });
      });
    });
  });
}

describe("the pages that only a form or a mail leads to", () => {
  for (const path of ["/en-gb/sign-up?sent", "/en-gb/recover?sent", "/en-gb/sign-in/link?sent"]) checkPage(path);
  for (const path of ["/en-gb/sign-up/confirm?token=nothing", "/en-gb/recover/password?token=nothing", "/en-gb/sign-in/link?token=nothing"]) {
    checkPage(path, { status: 404 });
  }
  for (const path of ["/en-gb/sign-in?next=//evil.example", "/en-gb/sign-in/code?next=https://evil.example"]) checkPage(path, { status: 400 });
});
