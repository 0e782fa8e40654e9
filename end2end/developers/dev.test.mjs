// Pages for those who work on Stoa: all components, and the mail that would have gone out.
import { describe } from "node:test";
import { crawl } from "../support/crawl.mjs";
import { checkPage } from "../support/pages.mjs";

const pages = await crawl(["/dev/ui", "/dev/mail"], { within: /^\/dev\b/ });

describe("every page of development", () => {
  for (const path of pages) checkPage(path);
});
