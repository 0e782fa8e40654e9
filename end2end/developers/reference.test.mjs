// The API reference says everything that the OpenAPI document of the same server says.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fetchRaw, text } from "../support/weight.mjs";

const METHODS = ["get", "post", "put", "patch", "delete"];

/** A page's words, without markup. */
const words = (html) => html.replace(/<[^>]*>/g, " ").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&#x27;", "'").replaceAll("&amp;", "&").replace(/\s+/g, " ");

async function page(path) {
  const answer = await fetchRaw(path);
  assert.equal(answer.status, 200, path);
  return text(answer);
}

const document = JSON.parse(await page("/v1/openapi.json"));
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  METHODS.filter((method) => item[method]).map((method) => ({ path, method, item, operation: item[method] })),
);
const list = await page("/developers/reference");
const links = [...list.matchAll(/href="(\/developers\/reference\/[^"]+)"/g)].map(([, href]) => href);

describe("the API reference", () => {
  it("lists every operation once, by its words and its address", () => {
    assert.ok(operations.length > 50, `only ${operations.length} operations`);
    assert.equal(new Set(links).size, operations.length);
    assert.equal(links.length, operations.length);
    const said = words(list);
    for (const { path, method, operation } of operations) {
      assert.ok(said.includes(`${method.toUpperCase()} ${path}`), `${method} ${path} is not listed`);
      assert.ok(said.includes(operation.summary), `${method} ${path} has no words`);
    }
  });

  it("has a page for each operation with its parameters, answers and an example", async () => {
    const pages = new Map();
    for (const link of new Set(links)) {
      const html = await page(link);
      const said = words(html);
      const own = operations.find(({ path, method }) => said.includes(` ${method.toUpperCase()} ${path} `));
      assert.ok(own, `${link} shows no operation`);
      pages.set(own, said);
    }
    assert.equal(pages.size, operations.length, "some operations have no page of their own");
    for (const [{ path, method, item, operation }, said] of pages) {
      const at = `${method} ${path}`;
      assert.ok(said.includes("curl "), `${at} has no example`);
      for (const parameter of [...(item.parameters ?? []), ...(operation.parameters ?? [])]) {
        if (parameter.name) assert.ok(said.includes(parameter.name), `${at} does not name ${parameter.name}`);
      }
      for (const code of Object.keys(operation.responses ?? {})) assert.ok(said.includes(code), `${at} does not say when it answers ${code}`);
    }
  });
});
