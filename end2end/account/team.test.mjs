// A shop's team and the platform's: asking somebody in, roles, passing a shop on, and why somebody may.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BASE_URL, NARROW, arrive, shoot, visit, withPage } from "../support/browser.mjs";
import { assertAccessible as assertNoBarrier, assertNoSidewaysScroll, assertQuiet, assertReadable, recolour } from "../support/checks.mjs";
import { linkFrom } from "../support/mail.mjs";
import { signedIn } from "../support/people.mjs";

const PASSWORD = "lavender on tuesday";
/** Tells the names of this run from those of another against the same server. */
const RUN = Date.now().toString(36);
const PATIENCE = { timeout: 120_000 };

/** What axe finds; it needs the page's script. */
const assertAccessible = (page) => (page.scripted ? assertNoBarrier(page) : undefined);

/** The page in the colours of night and on a narrow window, checked and kept as pictures. */
async function assertEverywhere(page, name) {
  await assertAccessible(page);
  await assertNoSidewaysScroll(page);
  await shoot(page, `${name}-light`);
  if (page.scripted) {
    await recolour(page, "dark");
    await assertReadable(page);
    await shoot(page, `${name}-dark`);
    await recolour(page, "light");
  }
  const { width, height } = page.viewportSize();
  await page.setViewportSize({ width: NARROW, height });
  await assertNoSidewaysScroll(page);
  await shoot(page, `${name}-narrow`);
  await page.setViewportSize({ width, height });
}

/** The address of the shop that the signed-in reader acts for, as staff would know it. */
async function shopOf(page) {
  const { items: places } = await (await page.request.get("/v1/auth/workplaces")).json();
  const { seller } = places.find(({ current }) => current);
  const { items: shops } = await (await page.request.get("/v1/sellers?limit=100")).json();
  return shops.find(({ id }) => id === seller).slug;
}

/** The page at this path, whatever it was asked. */
const at = (path) => (url) => url.pathname === path;

const owner = await signedIn("seller", "/seller");
const admin = await signedIn("admin", "/admin");

for (const script of [false, true]) {
  const how = script ? "with JavaScript" : "without JavaScript";
  const tag = `${script ? "js" : "plain"} ${RUN}`;
  const someone = `team-${tag.replace(" ", "-")}@example.com`;
  const somebody = `Nia ${tag}`;

  describe(`a shop's team, ${how}`, () => {
    it("makes a role, asks somebody in, and they join with a new account", PATIENCE, async () => {
      const role = `Packing ${tag}`;
      await withPage({ script, storageState: owner }, async (page) => {
        await visit(page, "/seller/settings/team");
        await page.getByRole("link", { name: "Make a role" }).click();
        await arrive(page, at("/seller/settings/team/roles/new"));
        await page.getByRole("button", { name: "Save the role" }).click();
        await page.getByText("Choose at least one permission.").first().waitFor();
        await page.getByLabel("Name").fill(role);
        await page.getByLabel("See orders").check();
        await assertAccessible(page);
        await page.getByRole("button", { name: "Save the role" }).click();
        await arrive(page, at("/seller/settings/team"));
        await page.getByText("Saved the role").waitFor();

        // Refused, what was typed stays.
        await page.getByLabel("Email", { exact: true }).fill("nobody");
        await page.getByLabel(role).check();
        await page.getByRole("button", { name: "Send the invitation" }).click();
        await page.getByText("Enter an email address, like name@example.com").first().waitFor();
        assert.equal(await page.getByLabel("Email", { exact: true }).inputValue(), "nobody");
        assert.ok(await page.getByLabel(role).isChecked());
        await page.getByLabel("Email", { exact: true }).fill(someone);
        await page.getByRole("button", { name: "Send the invitation" }).click();
        await page.getByText(`Invited ${someone}`).waitFor();
        await assertEverywhere(page, `team-${script}`);
        await assertQuiet(page, { refused: true });
      });

      const link = await linkFrom(someone, "join");
      await withPage({ script }, async (page) => {
        await visit(page, link);
        await page.getByLabel("Your name").fill(somebody);
        await page.getByLabel("Choose a password").fill("short");
        await page.getByRole("button", { name: "Join the team" }).click();
        await page.getByText(/12 characters/).first().waitFor();
        assert.equal(await page.getByLabel("Your name").inputValue(), somebody);
        await page.getByLabel("Choose a password").fill(PASSWORD);
        await assertEverywhere(page, `invitation-${script}`);
        await page.getByRole("button", { name: "Join the team" }).click();
        await arrive(page, at("/seller"));
        // What the role gives, and no more.
        await visit(page, "/seller/orders");
        await page.getByRole("heading", { name: "Orders", exact: true }).waitFor();
        await assertQuiet(page, { refused: true });
        const refused = await page.goto(`${BASE_URL}/seller/settings/team`);
        assert.equal(refused.status(), 403);
        const again = await page.goto(`${BASE_URL}${link}`);
        assert.equal(again.status(), 404, "a link works once");
      });
    });

    it("gives a member more, takes it away, and keeps its last owner", PATIENCE, async () => {
      await withPage({ script, storageState: owner }, async (page) => {
        await visit(page, "/seller/settings/team");
        await page.getByRole("link", { name: somebody }).last().click();
        await arrive(page, (url) => url.pathname.startsWith("/seller/settings/team/usr_"));
        await page.getByLabel("Role", { exact: true }).selectOption({ label: "Catalogue" });
        await page.getByRole("button", { name: "Give the role" }).click();
        await page.getByText("Gave the role").waitFor();
        await assertAccessible(page);
        await page.getByRole("button", { name: "Take the role Catalogue away" }).click();
        await page.getByText("Took the role away").waitFor();

        await visit(page, "/seller/settings/team");
        await page.getByRole("link", { name: /\(you\)/ }).click();
        await arrive(page, (url) => url.pathname.startsWith("/seller/settings/team/usr_"));
        await page.getByRole("button", { name: "Leave the team" }).click();
        await page.getByText(/last owner/).first().waitFor();
      });
    });
  });

  describe(`the platform's access, ${how}`, () => {
    it("shows the matrix and explains a permission", PATIENCE, async () => {
      await withPage({ script, storageState: admin }, async (page) => {
        await visit(page, "/admin/settings/roles");
        await page.getByRole("rowheader", { name: /orders\.cancel/ }).waitFor();
        await assertEverywhere(page, `matrix-${script}`);
        await page.getByRole("link", { name: "Explain a permission" }).click();
        await arrive(page, at("/admin/settings/access"));
        await page.getByLabel("Permission").selectOption("orders.cancel");
        await page.getByRole("button", { name: "Explain" }).click();
        await page.getByText(/Through Admin/).first().waitFor();
        await page.getByLabel("Person").fill("nobody-at-all@example.com");
        await page.getByRole("button", { name: "Explain" }).click();
        await page.getByText("Nobody is registered with this address.").waitFor();
        await page.getByLabel("Person").fill(someone);
        await page.getByRole("button", { name: "Explain" }).click();
        await page.getByText(somebody).first().waitFor();
        await assertEverywhere(page, `explain-${script}`);
        await assertQuiet(page);
      });
    });

    it("locks somebody out and lets them in again", PATIENCE, async () => {
      await withPage({ script, storageState: admin }, async (page) => {
        await visit(page, `/admin/settings/team?who=all&q=${encodeURIComponent(someone)}`);
        await page.getByRole("link", { name: somebody }).click();
        await arrive(page, (url) => url.pathname.startsWith("/admin/settings/team/usr_"));
        await page.getByLabel("Why").fill("Lost laptop");
        await assertEverywhere(page, `person-${script}`);
        await page.getByRole("button", { name: "Lock out" }).click();
        await page.getByRole("button", { name: "Let in again" }).waitFor();
        await withPage({ script: false }, async (other) => {
          await visit(other, "/en-gb/sign-in");
          await other.getByLabel("Email").fill(someone);
          await other.getByLabel("Password", { exact: true }).fill(PASSWORD);
          await other.locator("main").getByRole("button", { name: /Sign in|Continue/ }).first().click();
          await other.getByText(/don't go together/).first().waitFor();
        });
        await page.getByRole("button", { name: "Let in again" }).click();
        await page.getByRole("button", { name: "Lock out" }).waitFor();
        await assertQuiet(page);
      });
    });
  });

  describe(`support that acts for a shop, ${how}`, () => {
    it("asks, looks with the owner's leave under a banner, changes nothing, and is stopped", PATIENCE, async () => {
      const reason = `Parcel ${tag}`;
      // Acting for somebody renews the session, whose cookie others of this file keep.
      const staff = await signedIn("admin", "/admin");
      await withPage({ script, storageState: owner }, async (mine) => {
        await visit(mine, "/en-gb/account/security");
        assert.equal(await mine.getByText(reason).count(), 0, "nothing was asked yet");
        const shop = await shopOf(mine);
        await withPage({ script, storageState: staff }, async (page) => {
          await visit(page, "/admin/settings/support");
          await page.getByLabel("Shop").fill("no-such-shop");
          await page.getByLabel("Why").fill(reason);
          await page.getByRole("button", { name: "Ask for leave" }).click();
          await page.getByText("There is no such shop.").first().waitFor();
          assert.equal(await page.getByLabel("Why").inputValue(), reason, "what was typed stays");
          await page.getByLabel("Shop").fill(shop);
          await page.getByRole("button", { name: "Ask for leave" }).click();
          await page.getByText("Asked the shop's owner").waitFor();
          await assertEverywhere(page, `support-${script}`);
          assert.equal(await page.getByRole("button", { name: /Act for/ }).count(), 0, "not before the owner agrees");

          await visit(mine, "/en-gb/account/security");
          const asked = mine.getByRole("listitem").filter({ hasText: reason });
          await asked.getByText(/asks to look at/).first().waitFor();
          await assertEverywhere(mine, `security-${script}`);
          await asked.getByRole("button", { name: /Let them look/ }).click();
          await mine.getByText("Support may act for your shop now").waitFor();

          await visit(page, "/admin/settings/support");
          const given = page.getByRole("listitem").filter({ hasText: reason });
          await given.getByRole("button", { name: /Act for/ }).click();
          await arrive(page, at("/seller"));
          const banner = page.getByRole("complementary", { name: "Acting for a shop" });
          await banner.getByText(/You act for .* with the leave of .*\. You can look, not change\./).waitFor();
          await assertEverywhere(page, `acting-${script}`);
          await visit(page, "/seller/orders");
          await banner.waitFor();
          assert.equal((await page.goto(`${BASE_URL}/seller/settings/team`)).status(), 403, "not the team");
          await visit(page, "/en-gb");
          await banner.waitFor();
          await assertEverywhere(page, `acting-shop-${script}`);

          // Changes are refused, the reader's own too, and the banner leads out.
          await visit(page, "/en-gb/account/profile");
          const answer = await page.request.post("/v1/carts", {
            headers: { origin: BASE_URL, "idempotency-key": crypto.randomUUID() },
            data: {},
          });
          const refused = [answer.status(), (await answer.json()).code];
          assert.deepEqual(refused, [403, "auth.support_reads"]);
          await banner.getByRole("button", { name: "Stop" }).click();
          await arrive(page, at("/admin/settings/support"));
          await page.getByText("You act for yourself again").waitFor();
          assert.equal(await banner.count(), 0);

          // Begun again, and ended by the owner.
          await page.getByRole("listitem").filter({ hasText: reason }).getByRole("button", { name: /Act for/ }).click();
          await arrive(page, at("/seller"));
          await visit(mine, "/en-gb/account/security");
          await mine.getByRole("listitem").filter({ hasText: reason }).getByRole("button", { name: /End it/ }).click();
          await mine.getByText("Ended").waitFor();
          assert.equal((await page.goto(`${BASE_URL}/seller`)).status(), 403, "with the next request");
          await visit(page, "/admin/settings/support");
          assert.equal(await page.getByText(reason).count(), 0);
        });
        // With scripts off, what was preloaded for them waits in vain.
        if (script) await assertQuiet(mine, { refused: true });
      });
    });
  });
}
