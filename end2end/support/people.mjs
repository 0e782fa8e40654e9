// Who the demo marketplace knows, and how they come in.
import { readFile } from "node:fs/promises";
import { arrive, visit, withPage } from "./browser.mjs";

/** The demo's sign-ins: role (`shopper`, `seller`, `staff`, `admin`) to address and password. */
export async function signIns() {
  const folder = process.env.STOA_DATA;
  if (!folder) throw new Error("STOA_DATA must name the data folder of the server, for its demo sign-ins");
  const text = await readFile(`${folder}/demo-sign-ins.txt`, "utf8");
  const rows = text.split("\n").filter((line) => line.includes("@"));
  return Object.fromEntries(rows.map((line) => line.trim().split(/\s+/)).map(([role, email, password]) => [role, { email, password }]));
}

/** Opens `next` signed out, signs in on the page that asks for it, and ends on `next`. */
export async function signIn(page, { email, password }, next) {
  await visit(page, next);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.locator("main").getByRole("button", { name: /Sign in|Continue/ }).first().click();
  await arrive(page, (url) => url.pathname.startsWith(next));
}

/** Cookies of a signed-in person, for `openPage`'s `storageState`. */
export async function signedIn(role, next) {
  const people = await signIns();
  return withPage({ script: false }, async (page) => {
    await signIn(page, people[role], next);
    return page.context().storageState();
  });
}
