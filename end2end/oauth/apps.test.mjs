// What a developer does at the portal: registers an app, makes, rotates and ends its keys, and
// registers what it signs people in with.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { BASE_URL, NARROW, WIDE, arrive, shoot, visit, withPage } from "../support/browser.mjs";
import { assertAccessible, assertNoSidewaysScroll, assertQuiet, assertReadable, recolour } from "../support/checks.mjs";
import { checkPage } from "../support/pages.mjs";
import { signIns, signedIn } from "../support/people.mjs";
import { listen, registerClient } from "../support/program.mjs";

const PATIENCE = { timeout: 120_000 };

/** The page at this path, whatever it was asked. */
const at = (path) => (url) => (path instanceof RegExp ? path.test(url.pathname) : url.pathname === path);

/** What the API says to a key: "200", or the status and the problem's code. */
async function api(key, path = "/v1/orders?limit=1") {
  const response = await fetch(`${BASE_URL}${path}`, { headers: { authorization: `Bearer ${key}` } });
  return response.ok ? "200" : `${response.status} ${(await response.json()).code}`;
}

/** What holds of a page as it stands, after something was done: no barrier, dark or narrow. */
async function look(page, name) {
  if (page.scripted) {
    await assertAccessible(page);
    await shoot(page, `${name}-light`);
    await recolour(page, "dark");
    await assertReadable(page);
    await shoot(page, `${name}-dark`);
    await recolour(page, "light");
    await page.setViewportSize({ width: NARROW, height: 800 });
  }
  await assertNoSidewaysScroll(page);
  await shoot(page, `${name}-narrow`);
  if (page.scripted) await page.setViewportSize({ width: WIDE, height: 900 });
}

/** The secret that a page shows this once. */
const shown = (page) => page.locator("main pre code").first().innerText();

// All of it comes before the first test: the runner takes a pause between two suites for the end.
const { seller } = await signIns();
const people = { storageState: await signedIn("seller", "/seller") };

for (const script of [false, true]) {
  const how = script ? "with JavaScript" : "without JavaScript";
  const width = script ? WIDE : NARROW;

  describe(`an app, ${how}`, () => {
    it("is registered, gets a key that is rotated and revoked, and ends with all it has", PATIENCE, async () => {
      await withPage({ script, width }, async (page) => {
        // Signed out, they sign in first and come back.
        await visit(page, "/developers/apps/new");
        await page.getByLabel("Email").fill(seller.email);
        await page.getByLabel("Password", { exact: true }).fill(seller.password);
        await page.locator("main").getByRole("button", { name: /Sign in|Continue/ }).first().click();
        await arrive(page, at("/developers/apps/new"));

        // Refused, what was typed stays.
        const name = `Stock ${script ? "js" : "plain"} ${Date.now()}`;
        await page.getByLabel("Name").fill(name);
        await page.getByLabel("Website").fill("http://stock.example");
        await page.getByRole("button", { name: "Register app" }).click();
        await page.getByText("Enter a whole address, like https://app.example").first().waitFor();
        assert.equal(await page.getByLabel("Name").inputValue(), name);
        await look(page, "app-refused");
        await page.getByLabel("Website").fill("https://stock.example");
        await page.getByRole("button", { name: "Register app" }).click();
        await arrive(page, at(/^\/developers\/apps\/app_[0-9a-z]+\/keys$/));
        const keys = new URL(page.url()).pathname;
        await page.getByText(`Registered ${name}.`).waitFor();
        await page.getByText("No API keys yet").waitFor();

        // A key that may do nothing is none, and a day has to be one.
        await page.getByLabel("Name").fill("Warehouse");
        await page.getByLabel("Ends on").fill("some day");
        await page.getByRole("button", { name: "Create key" }).click();
        await page.getByText("Enter a day, like 14 May 2027.").first().waitFor();
        assert.equal(await page.getByLabel("Name").inputValue(), "Warehouse");
        await page.getByLabel("Ends on").fill("");
        await page.getByRole("button", { name: "Create key" }).click();
        await page.getByText("Choose at least one permission.").first().waitFor();
        await look(page, "key-refused");
        await page.getByLabel("See orders").check();
        await page.getByRole("button", { name: "Create key" }).click();
        await page.getByText("Copy your key now").waitFor();
        const first = await shown(page);
        assert.match(first, /^stoa_(dev|live)_\w+$/);
        await look(page, "key-shown");
        assert.equal(await api(first), "200");
        assert.equal(await api(first, "/v1/apps"), "403 kernel.forbidden");
        assert.equal(await api(`${first.slice(0, -1)}${first.endsWith("0") ? "1" : "0"}`), "401 apps.key_invalid");
        // Shown once: coming back shows no more than its end.
        await visit(page, keys);
        assert.equal(await page.getByText("Copy your key now").count(), 0);
        assert.ok(!(await page.content()).includes(first));
        await page.getByText(first.slice(-4)).first().waitFor();

        await page.getByRole("link", { name: "Rotate Warehouse" }).click();
        await arrive(page, at(/\/rotate$/));
        await look(page, "rotate");
        await page.getByLabel("One more hour").check();
        await page.getByRole("button", { name: "Rotate" }).click();
        await arrive(page, at(keys));
        await page.getByText("Rotated the key. Use the new one from now on.").waitFor();
        const second = await shown(page);
        assert.notEqual(second, first);
        assert.deepEqual([await api(first), await api(second)], ["200", "200"]);
        await page.getByText(/^Replaced, ends /).waitFor();
        await look(page, "key-rotated");

        // The newest is first; the old one is revoked, being the second.
        await page.getByRole("button", { name: "Revoke Warehouse" }).nth(1).click();
        await page.getByText("Revoked the key. It doesn’t work any more.").waitFor();
        assert.deepEqual([await api(first), await api(second)], ["401 apps.key_revoked", "200"]);
        await look(page, "key-revoked");

        // The app's end is its keys' end.
        await page.getByRole("link", { name: "Overview" }).click();
        await arrive(page, at(/\/overview$/));
        await look(page, "overview");
        await page.getByRole("link", { name: "Delete app" }).click();
        await page.getByRole("heading", { name: `Delete ${name}?` }).waitFor();
        await look(page, "delete");
        await page.getByRole("link", { name: "Keep app" }).click();
        await page.getByRole("heading", { name: `Delete ${name}?` }).waitFor({ state: "detached" });
        assert.equal(await api(second), "200");
        await page.getByRole("link", { name: "Delete app" }).click();
        await page.getByRole("button", { name: "Delete app" }).click();
        await arrive(page, at("/developers/apps"));
        await page.getByText("Deleted the app. Its keys and clients have ended.").waitFor();
        assert.equal(await page.getByText(name).count(), 0);
        assert.equal(await api(second), "401 apps.key_revoked");
        assertQuiet(page, { refused: true });
      });
    });
  });
}

for (const script of [false, true]) {
  it(`a client is registered and revoked, ${script ? "with" : "without"} JavaScript`, PATIENCE, async () => {
    await withPage({ ...people, script, width: script ? WIDE : NARROW }, async (page) => {
      await visit(page, "/developers/apps/new");
      await page.getByLabel("Name").fill("Bookkeeper");
      await page.getByRole("button", { name: "Register app" }).click();
      await arrive(page, at(/\/keys$/));
      await page.getByRole("link", { name: "OAuth clients" }).click();
      await arrive(page, at(/\/oauth$/));
      await page.getByText("No OAuth clients yet").waitFor();
      const addresses = page.getByLabel("Addresses to send people back to");
      await addresses.fill("https://*.app.example/back\nhttps://app.example/back");
      await page.getByLabel("Know that you are you").check();
      await page.getByRole("button", { name: "Create client" }).click();
      await page.getByText("holds a wildcard: register each address").first().waitFor();
      assert.match(await addresses.inputValue(), /\*\.app\.example/, "what was typed stays");
      assert.ok(await page.getByLabel("Know that you are you").isChecked());
      await look(page, "client-refused");
      await addresses.fill("https://app.example/back");
      await page.getByRole("button", { name: "Create client" }).click();
      await page.getByText("Copy the client secret now").waitFor();
      assert.match(await shown(page), /^stoa_secret_/);
      const id = (await page.getByRole("heading", { name: /oac_/ }).innerText()).match(/oac_[0-9a-z]+/)[0];
      await look(page, "client-shown");
      await page.reload();
      assert.equal(await page.getByText("Copy the client secret now").count(), 0, "this once");
      await page.getByRole("button", { name: `Revoke ${id}` }).click();
      await page.getByText("Revoked the client. Its tokens don’t work any more.").waitFor();
      await page.getByText("No OAuth clients yet").waitFor();
      assertQuiet(page, { refused: true });
    });
  });
}

describe("every page", () => {
  let back;
  before(async () => {
    back = await listen();
  });
  after(() => back.close());

  for (const path of ["/developers", "/developers/apps", "/developers/apps/new"]) checkPage(path, people);

  it("of consent asks in plain words, light, dark and narrow", PATIENCE, async () => {
    const scopes = ["openid", "email", "offline_access", "orders.read"];
    const { id } = await registerClient({ redirect_uris: [back.url], scopes, confidential: false });
    const query = new URLSearchParams({
      client_id: id,
      redirect_uri: back.url,
      response_type: "code",
      scope: scopes.join(" "),
      code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
      code_challenge_method: "S256",
    });
    for (const script of [false, true]) {
      await withPage({ ...people, script, width: script ? WIDE : NARROW }, async (page) => {
        await visit(page, `/en-gb/account/connect?${query}`);
        await page.getByText("Bookkeeper wants to act for you here").waitFor();
        await page.getByText("See orders", { exact: true }).waitFor();
        await page.getByText("You go back to 127.0.0.1, whatever you choose.").waitFor();
        await look(page, "consent");
        assertQuiet(page);
        // Another address than the app's is not answered: the person is told and sent nowhere.
        query.set("redirect_uri", "https://evil.example/");
        const response = await visit(page, `/en-gb/account/connect?${query}`);
        assert.equal(response.status(), 400);
        await page.getByRole("heading", { name: "This app can't be connected" }).waitFor();
        assert.equal(await page.getByRole("button", { name: "Allow", exact: true }).count(), 0);
        await look(page, "consent-wrong");
        query.set("redirect_uri", back.url);
      });
    }
  });
});
