// Signing in with an account elsewhere, against a real OpenID Connect provider (npm's oidc-provider)
// and a shop of the test's own. Nothing here needs a browser: it is redirects and cookies.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import Provider from "oidc-provider";

const PATIENCE = { timeout: 60_000 };

/** Who has an account at the provider. */
const PEOPLE = {
  theo: { email: "theo@lyceum.example", email_verified: true, name: "Theo Phrastos" },
  meno: { email: "meno@lyceum.example", email_verified: false, name: "Meno" },
  nobody: { name: "No Address" },
  jo: { email: "jo@stoa.example", email_verified: true, name: "Jo" },
};

let folder, shop, lyceum, issuer, server;

const freePort = () =>
  new Promise((done) => {
    const socket = createServer().listen(0, "127.0.0.1", () => {
      const { port } = socket.address();
      socket.close(() => done(port));
    });
  });

const stoa = (args, input = "") => execFileSync(process.env.STOA_PROGRAM, args, { env: environment(), input, stdio: ["pipe", "ignore", "inherit"] });

function environment() {
  const env = { ...process.env, STOA_DATA: join(folder, "data"), STOA_PUBLIC_URL: shop, STOA_SOCIAL_LOGIN: join(folder, "social.toml") };
  for (const name of ["STOA_DATABASE_URL", "STOA_S3_URL", "STOA_SMTP_URL", "STOA_SANDBOX_URL", "STOA_ENV"]) delete env[name];
  return env;
}

before(async () => {
  assert.ok(process.env.STOA_PROGRAM, "STOA_PROGRAM must name the program");
  folder = await mkdtemp(join(tmpdir(), "stoa-social-"));
  const [shopPort, lyceumPort] = [await freePort(), await freePort()];
  shop = `http://localhost:${shopPort}`;
  issuer = `http://localhost:${lyceumPort}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: "stoa", client_secret: "a-secret-of-the-test", redirect_uris: [`${shop}/v1/auth/social/lyceum/callback`] }],
    pkce: { required: () => true },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    findAccount: (_, id) => ({ accountId: id, claims: async () => ({ sub: id, ...PEOPLE[id] }) }),
    cookies: { keys: ["of the test"] },
  });
  lyceum = createServer(provider.callback()).listen(lyceumPort);
  const settings = ["[[provider]]", 'key = "lyceum"', 'label = "Lyceum"', `issuer = "${issuer}"`, 'client_id = "stoa"', 'client_secret = "a-secret-of-the-test"'];
  await writeFile(join(folder, "social.toml"), settings.join("\n"));
  stoa(["migrate"]);
  server = spawn(process.env.STOA_PROGRAM, ["serve", "--bind", `127.0.0.1:${shopPort}`], { env: environment(), stdio: "ignore" });
  for (let tries = 0; ; tries += 1) {
    const ready = await fetch(`${shop}/readyz`).catch(() => undefined);
    if (ready?.ok) break;
    assert.ok(tries < 200, "the shop does not start");
    await new Promise((done) => setTimeout(done, 100));
  }
});

after(async () => {
  server?.kill();
  lyceum?.closeAllConnections();
  lyceum?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A browser without scripts: keeps cookies for each origin and stops at each redirect. */
class Visitor {
  cookies = {};

  async ask(address, form) {
    const { origin } = new URL(address);
    const jar = (this.cookies[origin] ??= {});
    const headers = { cookie: Object.entries(jar).map((pair) => pair.join("=")).join("; "), accept: "text/html" };
    const options = { redirect: "manual", headers };
    if (form) Object.assign(options, { method: "POST", body: new URLSearchParams(form) });
    const answer = await fetch(address, options);
    for (const line of answer.headers.getSetCookie()) {
      const [name, value] = line.split(";")[0].split(/=(.*)/);
      if (value) jar[name] = value;
      else delete jar[name];
    }
    return answer;
  }

  /** Follows redirects until a page, or an address that `stop` wants to look at. */
  async go(address, { form, stop = () => false } = {}) {
    let [here, body] = [address, form];
    for (let hops = 0; hops < 20; hops += 1) {
      if (stop(here)) return here;
      const answer = await this.ask(here, body);
      body = undefined;
      const next = answer.headers.get("location");
      if (!next) return here;
      here = new URL(next, here).href;
    }
    throw new Error(`no end of redirects at ${here}`);
  }

  /** Says at the provider who this is and agrees; ends where the shop leads to. */
  async signIn(person, { query = "", stop } = {}) {
    let at = await this.go(`${shop}/v1/auth/social/lyceum/begin?${query}`, { stop });
    for (const form of [{ prompt: "login", login: person, password: "any" }, { prompt: "consent" }]) {
      if (!at.startsWith(`${issuer}/interaction/`)) break;
      at = await this.go(at, { form, stop });
    }
    return at;
  }

  async account() {
    const { origin } = new URL(shop);
    const jar = this.cookies[origin] ?? {};
    const cookie = Object.entries(jar).map((pair) => pair.join("=")).join("; ");
    const answer = await fetch(`${shop}/v1/auth/social/accounts`, { headers: { cookie } });
    return answer.status === 200 ? (await answer.json()).items : answer.status;
  }
}

const path = (address) => address.replace(shop, "");

describe("signing in with an account elsewhere", () => {
  it("makes an account for a verified address, and finds it again", PATIENCE, async () => {
    const theo = new Visitor();
    assert.equal(path(await theo.signIn("theo", { query: "next=/en-gb/account" })), "/en-gb/account");
    const [account] = await theo.account();
    assert.deepEqual([account.provider, account.email], ["lyceum", "theo@lyceum.example"]);
    const again = new Visitor();
    assert.equal(path(await again.signIn("theo")), "/en-gb");
    assert.equal((await again.account())[0].id, account.id);
  });

  it("refuses an address that the provider has not verified, and one it does not say", PATIENCE, async () => {
    for (const person of ["meno", "nobody"]) {
      const visitor = new Visitor();
      assert.equal(path(await visitor.signIn(person)), "/en-gb/sign-in?social=social_unverified");
      assert.equal(await visitor.account(), 401);
    }
  });

  it("never joins an account here whose address nobody has proved", PATIENCE, async () => {
    // Registered by somebody who may be waiting for the owner of the address to come.
    stoa(["user", "create", "--email", "jo@stoa.example", "--name", "Not Jo", "--role", "shopper", "--password-stdin"], "four quiet green herons");
    const jo = new Visitor();
    assert.equal(path(await jo.signIn("jo")), "/en-gb/sign-in?social=social_confirm_first");
    assert.equal(await jo.account(), 401);
  });

  it("is refused with another's state, another's browser, and a second time", PATIENCE, async () => {
    const back = (address) => address.startsWith(`${shop}/v1/auth/social/lyceum/callback`);
    const theo = new Visitor();
    const callback = await theo.signIn("theo", { stop: back });
    assert.ok(back(callback), callback);
    const refused = "/en-gb/sign-in?social=wrong_credentials";
    assert.equal(path(await new Visitor().go(callback)), refused, "another browser");
    assert.equal(path(await theo.go(callback.replace(/state=[^&]+/, "state=made-up"))), refused);
    assert.equal(path(await theo.go(callback)), refused, "the attempt is over");
    assert.equal(await theo.account(), 401);
    const fine = await theo.signIn("theo", { stop: back });
    assert.equal(path(await theo.go(fine)), "/en-gb");
    assert.equal(path(await theo.go(fine)), "/en-gb/account/security?social=wrong_credentials", "once");
  });

  it("leads nowhere but into the shop", PATIENCE, async () => {
    for (const next of ["//evil.example", "/\\evil.example", "https://evil.example", `${shop}@evil.example`]) {
      const answer = await new Visitor().ask(`${shop}/v1/auth/social/lyceum/begin?next=${encodeURIComponent(next)}`);
      assert.equal(answer.status, 400, next);
      assert.equal(answer.headers.get("location"), null, next);
    }
  });
});
