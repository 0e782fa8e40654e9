// Every page of those who work here: a shop's people and the marketplace's.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withPage } from "../support/browser.mjs";
import { crawl } from "../support/crawl.mjs";
import { checkPage } from "../support/pages.mjs";
import { signedIn } from "../support/people.mjs";
import { buy } from "../support/shopping.mjs";

// Something to ship and to refund.
await withPage({ script: false }, (page) => buy(page, "crawl-work@example.com"));

/** Ids that look right and belong to nothing. */
const NOBODYS = { order: "ord_00000000000000000000000000", product: "prd_00000000000000000000000000" };

const seller = await signedIn("seller", "/seller");
const portal = await crawl(["/seller"], { within: /^\/seller\b/, storageState: seller });
const admin = await signedIn("admin", "/admin");
const office = await crawl(["/admin"], { within: /^\/admin\b/, storageState: admin });
const order = office.find((path) => /^\/admin\/orders\/ord_[^?]*$/.test(path));

describe("every page of the seller portal", () => {
  it("is found by links", () => {
    for (const wanted of [/^\/seller$/, /^\/seller\/orders$/, /^\/seller\/orders\/ord_/]) {
      assert.ok(portal.some((path) => wanted.test(path)), `nothing like ${wanted} is among ${portal.join(", ")}`);
    }
  });
  for (const path of portal) checkPage(path, { storageState: seller });
  checkPage(`/seller/orders/${NOBODYS.order}`, { status: 404, storageState: seller });
  checkPage("/seller/nothing", { status: 404, storageState: seller });
  checkPage("/admin", { status: 403, storageState: seller });
});

describe("every page of the back office", () => {
  it("is found by links", () => {
    const wanted = [/^\/admin$/, /^\/admin\/orders$/, /^\/admin\/orders\/ord_/, /dialog=refund/, /dialog=cancel/, /^\/admin\/products$/, /^\/admin\/products\/new$/, /^\/admin\/products\/prd_/];
    for (const one of wanted) assert.ok(office.some((path) => one.test(path)), `nothing like ${one} is among ${office.join(", ")}`);
  });
  for (const path of office) checkPage(path, { storageState: admin });
  // What forms lead to, and links do not.
  checkPage(`${order}?dialog=refund&scope=some`, { storageState: admin });
  checkPage("/admin/orders?q=crawl-work%40example.com&status=&payment=&from=&to=", { storageState: admin });
  checkPage("/admin/orders?q=nobody%40example.com", { storageState: admin });
  checkPage("/admin/orders?from=tomorrow", { storageState: admin });
  checkPage(`/admin/orders/${NOBODYS.order}`, { status: 404, storageState: admin });
  checkPage(`/admin/products/${NOBODYS.product}`, { status: 404, storageState: admin });
  checkPage("/admin/nothing", { status: 404, storageState: admin });
});
