import assert from "node:assert/strict";
import { it } from "node:test";
import { kindOf } from "./crawl.mjs";

it("pages that differ in ids and names are of one kind", () => {
  assert.equal(kindOf("/admin/orders/ord_01hzzzzzzzzzzzzzzzzzzzzzzz"), kindOf("/admin/orders/ord_01h0000000000000000000000a"));
  assert.equal(kindOf("/en-gb/p/red-mug"), kindOf("/en-gb/p/blue-mug"));
  assert.equal(kindOf("/en-gb/c/table/mugs"), kindOf("/en-gb/c/home/vases"));
  assert.equal(kindOf("/en-gb/c/mugs?sort=price&page=2"), kindOf("/en-gb/c/bowls?page=9&sort=new"));
  assert.equal(kindOf("/en-gb/c/mugs?f.colour=red"), kindOf("/en-gb/c/mugs?f.material=clay"));
  assert.equal(kindOf("/developers/reference/get-carts"), kindOf("/developers/reference/post-carts"));
});

it("pages that show something else are of different kinds", () => {
  assert.notEqual(kindOf("/en-gb/cart"), kindOf("/en-gb/checkout"));
  assert.notEqual(kindOf("/admin/orders"), kindOf("/admin/products"));
  assert.notEqual(kindOf("/en-gb/checkout"), kindOf("/en-gb/checkout/payment"));
  assert.notEqual(kindOf("/en-gb/c/table"), kindOf("/en-gb/c/table/mugs"));
  const order = "/admin/orders/ord_01hzzzzzzzzzzzzzzzzzzzzzzz";
  assert.notEqual(kindOf(`${order}?dialog=refund`), kindOf(`${order}?dialog=cancel`));
});
