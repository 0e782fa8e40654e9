// Programs of other people: an app registered by the demo's admin, and where it is answered.
import { createServer } from "node:http";
import { BASE_URL } from "./browser.mjs";
import { signIns } from "./people.mjs";

/** Calls the REST interface as the browser of somebody who is signed in would. */
async function asPerson(cookie, path, body) {
  const response = await fetch(`${BASE_URL}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: BASE_URL, ...(cookie && { cookie }) },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path} answers ${response.status}: ${await response.text()}`);
  return response;
}

/**
 * Registers an app with one OAuth client, as the demo's admin.
 *
 * @param {object} client `redirect_uris`, `scopes`, `confidential`, `own_tokens`
 * @returns `{ app, id, secret }`
 */
export async function registerClient(client) {
  const people = await signIns();
  const { email, password } = people.admin;
  const signed = await asPerson(undefined, "/v1/auth/login", { email, password });
  const cookie = signed.headers
    .getSetCookie()
    .map((set) => set.split(";")[0])
    .join("; ");
  const app = await (await asPerson(cookie, "/v1/apps", { name: "Bookkeeper" })).json();
  const made = await (await asPerson(cookie, `/v1/apps/${app.id}/oauth/clients`, client)).json();
  return { app: app.id, id: made.view.id, secret: made.secret };
}

/** A program's own address: `url`, and `next()`, the address it is asked for next. */
export async function listen() {
  const waiting = [];
  const asked = [];
  const server = createServer((request, response) => {
    if (request.url.startsWith("/callback")) {
      const url = new URL(request.url, `http://${request.headers.host}`);
      (waiting.shift() ?? ((url) => asked.push(url)))(url);
    }
    response.setHeader("content-type", "text/html");
    response.end("<!doctype html><html lang=en><title>Bookkeeper</title><h1>Bookkeeper</h1>");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/callback`,
    next: () => (asked.length ? Promise.resolve(asked.shift()) : new Promise((resolve) => waiting.push(resolve))),
    close: () => server.close(),
  };
}
