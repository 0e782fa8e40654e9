// Passkeys: made, used to sign in without an address, taken away; with an authenticator that Chromium
// plays. They need JavaScript; without it the page says what to do instead.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { arrive, shoot, visit, withPage } from "../support/browser.mjs";
import { assertAccessible, assertNoSidewaysScroll, assertQuiet } from "../support/checks.mjs";
import { linkFrom } from "../support/mail.mjs";
import { signIns } from "../support/people.mjs";

/** The page at this path, whatever it was asked. */
const at = (path) => (url) => url.pathname === path;

/** A journey that takes longer than this many milliseconds hangs. */
const PATIENCE = { timeout: 120_000 };

/** A device that keeps passkeys and has just seen its owner's finger. */
async function authenticator(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const options = {
    protocol: "ctap2",
    transport: "internal",
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
  };
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", { options });
  const keeps = async () => (await cdp.send("WebAuthn.getCredentials", { authenticatorId })).credentials.length;
  const answers = (enabled) => cdp.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled });
  return { keeps, answers };
}

async function signIn(page, { email, password }) {
  await visit(page, "/en-gb/sign-in?next=/en-gb/account/security");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.locator("main").getByRole("button", { name: "Sign in" }).click();
  await arrive(page, at("/en-gb/account/security"));
}

/** Signs out; the menu of the account page has the way. */
async function signOut(page) {
  await visit(page, "/en-gb/account");
  await page.locator("main").getByRole("button", { name: "Sign out" }).click();
  await arrive(page, (url) => !url.pathname.startsWith("/en-gb/account"));
}

describe("a passkey", () => {
  it("is made, signs in without an address, and is taken away", PATIENCE, async () => {
    const { shopper } = await signIns();
    await withPage({}, async (page) => {
      const device = await authenticator(page);
      // The browser's own offer in the address field would answer before anything is asked for.
      await device.answers(false);
      await signIn(page, shopper);
      await page.getByRole("heading", { name: "Passkeys" }).waitFor();
      await assertAccessible(page);
      await assertNoSidewaysScroll(page);
      await device.answers(true);
      await page.getByLabel("Name (optional)").fill("Journey's laptop");
      await page.getByRole("button", { name: "Add a passkey" }).click();
      await page.getByText("Added the passkey").waitFor();
      assert.equal(await device.keeps(), 1);
      const row = page.getByRole("listitem").filter({ hasText: "Journey's laptop" });
      assert.match(await row.innerText(), /not used yet/);
      await shoot(page, "passkeys");

      await device.answers(false);
      await signOut(page);
      await visit(page, "/en-gb/sign-in?next=/en-gb/account/security");
      await assertAccessible(page);
      await device.answers(true);
      await page.locator("main").getByRole("button", { name: "Use a passkey" }).click();
      await arrive(page, at("/en-gb/account/security"));
      assert.match(await row.innerText(), /Last used/);

      await page.getByRole("button", { name: "Remove Journey's laptop" }).click();
      await page.getByText("Removed the passkey").waitFor();
      assert.equal(await row.count(), 0);
      assertQuiet(page);
    });
  });

  it("is offered by the browser in the address field", PATIENCE, async () => {
    const { seller } = await signIns();
    await withPage({}, async (page) => {
      const device = await authenticator(page);
      await device.answers(false);
      await signIn(page, seller);
      await device.answers(true);
      await page.getByRole("button", { name: "Add a passkey" }).click();
      await page.getByText("Added the passkey").waitFor();
      await signOut(page);
      // Nothing is pressed: the device answers what the page asks by itself.
      await page.goto("/en-gb/sign-in?next=/en-gb/account/security");
      await arrive(page, at("/en-gb/account/security"));
      await page.getByRole("button", { name: /^Remove / }).first().click();
      await page.getByText("Removed the passkey").waitFor();
    });
  });

  it("is all that an account needs", PATIENCE, async () => {
    const email = `passkey-${Date.now()}@example.com`;
    await withPage({}, async (page) => {
      const device = await authenticator(page);
      await device.answers(false);
      await visit(page, "/en-gb/sign-up");
      await page.getByRole("link", { name: "Use a passkey instead of a password" }).click();
      await arrive(page, /sign-up\?passkey/);
      await page.getByRole("link", { name: "Use a password instead" }).waitFor();
      assert.equal(await page.getByLabel("Password", { exact: true }).count(), 0);
      await assertAccessible(page);
      await page.getByLabel("Email").fill(email);
      await page.getByLabel("Full name").fill("Ana Ruiz");
      await page.getByRole("button", { name: "Create account" }).click();
      await page.getByRole("heading", { level: 1, name: "Check your email" }).waitFor();
      await visit(page, await linkFrom(email, "Confirm your email address"));
      await assertAccessible(page);
      await page.getByRole("button", { name: "Create account and sign in" }).click();
      await arrive(page, at("/en-gb/account/security"));
      await page.getByText("Add a passkey now").waitFor();
      await device.answers(true);
      await page.getByRole("button", { name: "Add a passkey" }).click();
      await page.getByText("Added the passkey").waitFor();
      // The only way in stays.
      await page.getByRole("button", { name: /^Remove / }).click();
      await page.getByRole("alert").filter({ hasText: "the only way you sign in" }).waitFor();
    });
  });

  it("that is refused or not to be had leads to other ways", PATIENCE, async () => {
    await withPage({ script: false }, async (page) => {
      await visit(page, "/en-gb/sign-in");
      await page.locator("main").getByRole("button", { name: "Use a passkey" }).click();
      await page.getByRole("alert").filter({ hasText: "Passkeys need JavaScript" }).waitFor();
      assert.match(await page.title(), /^Error: /);
      assertQuiet(page);
    });
  });
});
