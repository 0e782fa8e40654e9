import assert from "node:assert/strict";
import { it } from "node:test";
import { kindOf } from "./crawl.mjs";

it("pages that differ in ids and names are of one kind", () => {
  assert.equal(kindOf("/admin/orders/ord_01hzzzzzzzzzzzzzzzzzzzzzzz"), kindOf("/admin/orders/ord_01h0000000000000000000000a"));
  assert.equal(kindOf("/en-gb/p/red-mug"), kindOf("/en-gb/p/blue-mug"));
  assert.equal(kindOf("/en-gb/c/mugs?sort=price&page=2"), kindOf("/en-gb/c/bowls?page=9&sort=new"));
  assert.notEqual(kindOf("/en-gb/cart"), kindOf("/en-gb/checkout"));
  assert.notEqual(kindOf("/admin/orders"), kindOf("/admin/products"));
});
