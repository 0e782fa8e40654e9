// What pages may weigh as they cross the wire (brotli), by the budget of the design.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crawl } from "../support/crawl.mjs";
import { pageWeight } from "../support/weight.mjs";

const KB = 1024;

/** Shoppers come with phones; staff work with a denser page and a bigger module. */
const SHOPPER = { html: 45 * KB, css: 30 * KB, wasm: 240 * KB, script: 20 * KB, fonts: 76 * KB };
const STAFF = { html: 60 * KB, css: 30 * KB, wasm: 350 * KB, script: 20 * KB, fonts: 29 * KB };

const isStaff = (path) => /^\/(seller|admin|cms|developers)\b/.test(path);

const pages = await crawl(["/", "/seller", "/admin", "/developers"], { perKind: 1 });

describe("page weight", () => {
  for (const path of pages) {
    it(path, async (t) => {
      const weight = await pageWeight(path);
      assert.equal(weight.status, 200);
      const budget = isStaff(path) ? STAFF : SHOPPER;
      const over = Object.entries(budget).filter(([kind, limit]) => weight[kind] > limit);
      t.diagnostic(Object.keys(budget).map((kind) => `${kind} ${(weight[kind] / KB).toFixed(1)} KB`).join(", "));
      assert.deepEqual(over.map(([kind, limit]) => `${kind}: ${weight[kind]} of ${limit} bytes`), []);
    });
  }
});
