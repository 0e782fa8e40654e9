// Mails as development shows them.
import assert from "node:assert/strict";
import { BASE_URL } from "./browser.mjs";

/** The address in the newest mail to `to` whose subject contains `subject`; waits for it. */
export async function linkFrom(to, subject, within = 45_000) {
  const end = Date.now() + within;
  for (;;) {
    const list = await (await fetch(`${BASE_URL}/dev/mail`)).text();
    const rows = [...list.matchAll(/<a href="(\/dev\/mail\/[^"]+)"><strong>([^<]*)<\/strong><span>([^<]*)<\/span>/g)];
    const mine = rows.find(([, , about, address]) => address.includes(to) && about.includes(subject));
    if (mine) {
      const mail = await (await fetch(`${BASE_URL}${mine[1]}`)).text();
      const link = mail.match(/https?:\/\/[^\s"<]+\/en-gb\/[^\s"<]+/);
      assert.ok(link, `no link in the mail ${mine[2]}`);
      const { pathname, search } = new URL(link[0].replaceAll("&amp;", "&"));
      return pathname + search;
    }
    assert.ok(Date.now() < end, `no mail "${subject}" to ${to}`);
    await new Promise((done) => setTimeout(done, 500));
  }
}
