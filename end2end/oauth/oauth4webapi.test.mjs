// oauth4webapi, strict about every step, against our provider: a client without a secret.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as oauth from "oauth4webapi";
import { BASE_URL, withPage } from "../support/browser.mjs";
import { signIn, signIns } from "../support/people.mjs";
import { listen, registerClient } from "../support/program.mjs";

const insecure = { [oauth.allowInsecureRequests]: true };

let back;
let client;

before(async () => {
  back = await listen();
  const scopes = ["openid", "email", "offline_access"];
  const made = await registerClient({ redirect_uris: [back.url], scopes, confidential: false });
  assert.equal(made.secret, null);
  client = { client_id: made.id };
});
after(() => back.close());

test("both documents say the same, and all steps hold", async () => {
  const issuer = new URL(BASE_URL);
  const read = async (algorithm) =>
    oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm, ...insecure }));
  const server = await read("oidc");
  assert.deepEqual(await read("oauth2"), server, "RFC 8414");
  assert.equal(server.authorization_response_iss_parameter_supported, true);

  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const address = new URL(server.authorization_endpoint);
  address.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: back.url,
    response_type: "code",
    scope: "openid email offline_access",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
  });
  const { shopper } = await signIns();
  const came = await withPage({ script: false }, async (page) => {
    await signIn(page, shopper, "/en-gb/account");
    await page.goto(address.href);
    const answer = back.next();
    await page.getByRole("button", { name: "Allow", exact: true }).click();
    return answer;
  });
  const parameters = oauth.validateAuthResponse(server, client, came, state);
  const open = oauth.None();
  const redeem = (proof) =>
    oauth.authorizationCodeGrantRequest(server, client, open, parameters, back.url, proof, insecure);

  // With another proof the code is worth nothing, and stays whole.
  const guessed = await redeem(oauth.generateRandomCodeVerifier());
  await assert.rejects(oauth.processAuthorizationCodeResponse(server, client, guessed), { error: "invalid_grant" });

  const answer = await redeem(verifier);
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
  await oauth.validateApplicationLevelSignature(server, answer, insecure);
  const { sub } = oauth.getValidatedIdTokenClaims(tokens);

  // RFC 9068, as a resource server of somebody else's would check it.
  const request = new Request(BASE_URL, { headers: { authorization: `Bearer ${tokens.access_token}` } });
  const claims = await oauth.validateJwtAccessToken(server, request, BASE_URL, {
    ...insecure,
    signingAlgorithms: ["EdDSA", "Ed25519"],
  });
  assert.equal(claims.sub, sub);
  assert.equal(claims.client_id, client.client_id);

  const asked = await oauth.userInfoRequest(server, client, tokens.access_token, insecure);
  const me = await oauth.processUserInfoResponse(server, client, sub, asked);
  assert.equal(me.email, shopper.email);

  const refreshed = await oauth.processRefreshTokenResponse(
    server,
    client,
    await oauth.refreshTokenGrantRequest(server, client, open, tokens.refresh_token, insecure),
  );
  assert.notEqual(refreshed.refresh_token, tokens.refresh_token);
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(server, client, open, refreshed.refresh_token, insecure),
  );
  const dead = await oauth.refreshTokenGrantRequest(server, client, open, refreshed.refresh_token, insecure);
  await assert.rejects(oauth.processRefreshTokenResponse(server, client, dead), { error: "invalid_grant" });
  const gone = await oauth.userInfoRequest(server, client, tokens.access_token, insecure);
  await assert.rejects(oauth.processUserInfoResponse(server, client, sub, gone));
});
