// openid-client, which others use to sign people in, against our provider.
import assert from "node:assert/strict";
import { createHmac, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { after, before, describe, test } from "node:test";
import * as client from "openid-client";
import { BASE_URL, visit, withPage } from "../support/browser.mjs";
import { assertQuiet } from "../support/checks.mjs";
import { signIn, signIns } from "../support/people.mjs";
import { listen, registerClient } from "../support/program.mjs";

const ABOUT_PEOPLE = ["openid", "profile", "email", "offline_access"];
const insecure = { execute: [client.allowInsecureRequests] };

let back;
let registered;

before(async () => {
  back = await listen();
  registered = await registerClient({
    redirect_uris: [back.url],
    scopes: [...ABOUT_PEOPLE, "orders.read"],
    confidential: true,
    own_tokens: true,
  });
});
after(() => back.close());

const discovered = () =>
  client.discovery(new URL(BASE_URL), registered.id, undefined, client.ClientSecretBasic(registered.secret), insecure);

/** Sends the browser to us as an app does; what it needs to take the answer. */
async function leave(config, more = {}) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()];
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri: back.url,
    scope: ABOUT_PEOPLE.join(" "),
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
    nonce: expectedNonce,
    ...more,
  });
  return { address, checks: { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true } };
}

for (const script of [false, true]) {
  const how = script ? "with JavaScript" : "without JavaScript";

  test(`somebody lets an app act for them, ${how}`, async () => {
    const config = await discovered();
    const { shopper } = await signIns();
    await withPage({ script, width: script ? 1280 : 360 }, async (page) => {
      const { address, checks } = await leave(config, { prompt: "consent" });
      // Signed out, they sign in first and come back to the question.
      await page.goto(address.href);
      await page.getByLabel("Email").fill(shopper.email);
      await page.getByLabel("Password", { exact: true }).fill(shopper.password);
      await page.locator("main").getByRole("button", { name: /Sign in|Continue/ }).first().click();
      await page.getByRole("heading", { name: "Connect an app" }).waitFor();
      await page.getByText("Bookkeeper wants to act for you here").waitFor();
      await page.getByText("See your email address").waitFor();
      const answer = back.next();
      await page.getByRole("button", { name: "Allow", exact: true }).click();
      const url = await answer;
      assert.equal(url.searchParams.get("iss"), BASE_URL, "RFC 9207");
      const tokens = await client.authorizationCodeGrant(config, url, checks);
      const claims = tokens.claims();
      const me = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
      assert.equal(me.email, shopper.email);

      // A code is good once: the second time takes the tokens back.
      await assert.rejects(client.authorizationCodeGrant(config, url, checks), { error: "invalid_grant" });
      await assert.rejects(client.fetchUserInfo(config, tokens.access_token, claims.sub));

      // They agreed before: the app is answered without a question.
      const again = await leave(config, { prompt: "none" });
      const silent = back.next();
      await page.goto(again.address.href);
      const known = await client.authorizationCodeGrant(config, await silent, again.checks);
      assert.equal(known.claims().sub, claims.sub);

      // They take it back where they find it.
      await visit(page, "/en-gb/account/apps");
      await page.getByRole("button", { name: "Disconnect Bookkeeper" }).first().click();
      await page.getByText("Disconnected. The app can't act for you any more.").waitFor();
      await assert.rejects(client.refreshTokenGrant(config, known.refresh_token), { error: "invalid_grant" });
      assertQuiet(page);
    });
  });

  test(`somebody says no, ${how}`, async () => {
    const config = await discovered();
    const { shopper } = await signIns();
    await withPage({ script }, async (page) => {
      await signIn(page, shopper, "/en-gb/account");
      const { address, checks } = await leave(config, { prompt: "consent" });
      await page.goto(address.href);
      const answer = back.next();
      await page.getByRole("button", { name: "Don't allow" }).click();
      await assert.rejects(client.authorizationCodeGrant(config, await answer, checks), { error: "access_denied" });
    });
  });
}

describe("tokens", () => {
  let config;
  let tokens;

  before(async () => {
    config = await discovered();
    const { shopper } = await signIns();
    tokens = await withPage({ script: false }, async (page) => {
      await signIn(page, shopper, "/en-gb/account");
      const { address, checks } = await leave(config, { prompt: "consent" });
      await page.goto(address.href);
      const answer = back.next();
      await page.getByRole("button", { name: "Allow", exact: true }).click();
      return client.authorizationCodeGrant(config, await answer, checks);
    });
  });

  test("two tabs refresh at once and both stay signed in, until one comes far too late", async () => {
    const shared = tokens.refresh_token;
    const [one, two] = await Promise.all([
      client.refreshTokenGrant(config, shared),
      client.refreshTokenGrant(config, shared),
    ]);
    assert.notEqual(one.refresh_token, two.refresh_token);
    const [next, other] = await Promise.all([
      client.refreshTokenGrant(config, one.refresh_token),
      client.refreshTokenGrant(config, two.refresh_token),
    ]);
    const known = await client.tokenIntrospection(config, other.access_token);
    assert.equal(known.active, true);
    // The leeway ends by the clock alone; then the token counts as stolen.
    const stolen = async () => {
      for (;;) {
        try {
          await client.refreshTokenGrant(config, shared);
        } catch (error) {
          return error;
        }
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    };
    assert.equal((await stolen()).error, "invalid_grant");
    for (const token of [next.refresh_token, other.refresh_token]) {
      await assert.rejects(client.refreshTokenGrant(config, token), { error: "invalid_grant" });
    }
    for (const token of [next.access_token, other.access_token]) {
      assert.equal((await client.tokenIntrospection(config, token)).active, false);
    }
  });

  test("an app acts for itself and gives its token back", async () => {
    const own = await client.clientCredentialsGrant(config, { scope: "orders.read" });
    assert.equal(own.scope, "orders.read");
    const orders = () =>
      client.fetchProtectedResource(config, own.access_token, new URL("/v1/orders?limit=1", BASE_URL), "GET");
    assert.equal((await orders()).status, 200);
    await client.tokenRevocation(config, own.access_token);
    await assert.rejects(orders(), (error) => error.status === 401 || error.cause?.[0]?.scheme === "bearer");
  });

  test("whatever is wrong with a token, the answer is one and the same", async () => {
    const own = await client.clientCredentialsGrant(config, { scope: "orders.read" });
    const token = own.access_token;
    const [head, body, signature] = token.split(".");
    const read = (part) => JSON.parse(Buffer.from(part, "base64url"));
    const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const { keys } = await (await fetch(config.serverMetadata().jwks_uri)).json();
    const byPublicKey = keys.map((key) => {
      const secret = createPublicKey({ key, format: "jwk" }).export({ type: "spki", format: "pem" });
      const text = `${part({ ...read(head), alg: "HS256", kid: key.kid })}.${body}`;
      return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
    });
    const stranger = generateKeyPairSync("ed25519").privateKey;
    const byStranger = (header) => {
      const text = `${part({ ...read(head), ...header })}.${body}`;
      return `${text}.${sign(null, Buffer.from(text), stranger).toString("base64url")}`;
    };
    const another = await client.clientCredentialsGrant(config, { scope: "orders.read" });
    const forged = [
      `${part({ ...read(head), alg: "none" })}.${body}.`,
      `${part({ alg: "none" })}.${body}.${signature}`,
      ...byPublicKey,
      byStranger({}),
      byStranger({ kid: "nobody" }),
      byStranger({ jwk: createPublicKey(stranger).export({ format: "jwk" }), kid: undefined }),
      `${head}.${another.access_token.split(".")[1]}.${signature}`,
      `${head}.${part({ ...read(body), exp: read(body).exp + 3600 })}.${signature}`,
      token.slice(0, -1),
      `${head}.${body}`,
      `${token}.`,
      `\u00e9${token}`,
      tokens.id_token,
    ];
    const ask = async (token, scheme = "Bearer") => {
      const response = await fetch(new URL("/v1/orders?limit=1", BASE_URL), { headers: { authorization: `${scheme} ${token}` } });
      const { request_id: _, ...problem } = await response.json();
      return { status: response.status, says: response.headers.get("www-authenticate"), problem };
    };
    assert.equal((await ask(token)).status, 200);
    assert.equal((await ask(token, "bearer")).status, 200, "RFC 9110: schemes in any case");
    const answers = await Promise.all(forged.map((token) => ask(token)));
    assert.equal(answers[0].status, 401);
    assert.equal(answers[0].problem.code, "auth.token_invalid");
    assert.equal(answers[0].says, 'Bearer error="invalid_token"');
    answers.forEach((answer, index) => assert.deepEqual(answer, answers[0], forged[index]));
  });

  test("nobody without the secret is anybody", async () => {
    const forged = await client.discovery(
      new URL(BASE_URL),
      registered.id,
      undefined,
      client.ClientSecretPost("stoa_secret_made_up"),
      insecure,
    );
    await assert.rejects(client.clientCredentialsGrant(forged), { error: "invalid_client" });
  });
});
