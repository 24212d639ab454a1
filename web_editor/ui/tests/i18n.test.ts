import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { bytes, chooseLanguage, duration, rate, reading, t, tickText, use } from "../src/i18n";
import { en } from "../src/i18n/en";
import { fr } from "../src/i18n/fr";

const holes = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory()
      ? sources(path)
      : /\.tsx?$/.test(entry.name) && !path.includes("i18n")
        ? [readFileSync(path, "utf8")]
        : [];
  });
}

describe("dictionaries", () => {
  it("have the same keys, none empty", () => {
    expect(Object.keys(fr).sort()).toEqual(Object.keys(en).sort());
    expect([...Object.values(en), ...Object.values(fr)].filter((text) => !text.trim())).toEqual([]);
  });
  it("have the same holes in every form", () => {
    const bad = (Object.keys(en) as (keyof typeof en)[]).filter((key) => {
      const forms = [...en[key].split("|"), ...fr[key].split("|")].map((form) => holes(form).join());
      return new Set(forms).size !== 1;
    });
    expect(bad).toEqual([]);
  });
  it("hold no word that nothing shows", () => {
    const code = sources("src").join("\n");
    const prefixes = [...code.matchAll(/`([a-z]+\.)\$\{/g)].map((match) => match[1]!);
    const screens = ["alarms", "values", "messages", "problems", "log", "trends", "flows", "pages", "engine"];
    const unused = Object.keys(en).filter(
      (key) =>
        !code.includes(`"${key}"`) && !prefixes.some((prefix) => key.startsWith(prefix)) && !screens.includes(key),
    );
    expect(unused).toEqual([]);
  });
});

describe("t", () => {
  afterEach(() => use("en", en));
  it("follows the plural rule of the language", () => {
    use("en", en);
    expect([t("problems.count", { n: 0 }), t("problems.count", { n: 1 })]).toEqual(["0 errors", "1 error"]);
    use("fr", fr);
    expect([t("problems.count", { n: 0 }), t("problems.count", { n: 2 })]).toEqual(["0 erreur", "2 erreurs"]);
  });
  it("takes texts from outside as they are", () => {
    use("en", en);
    expect(t("commands.open", { name: "{n} $& <b>" })).toBe("Open flow {n} $& <b>");
  });
});

describe("chooseLanguage", () => {
  it("asks the person, then the browser, then speaks English", () => {
    expect(chooseLanguage("fr", ["en"])).toBe("fr");
    expect(chooseLanguage(null, ["de-DE", "fr-CA", "en"])).toBe("fr");
    expect(chooseLanguage(null, ["de"])).toBe("en");
  });
});

describe("numbers", () => {
  it("are short", () => {
    use("en", en);
    expect([rate(0.44), rate(340.4), rate(10_240)]).toEqual(["0.4", "340", "10.2k"]);
    expect([reading(1013.255), reading(7_675_994.823)]).toEqual(["1,013.255", "7,675,994.8"]);
    expect([tickText(99_000), tickText(7_500_000)]).toEqual(["99,000", "7.5M"]);
    expect([bytes(900), bytes(1536), bytes(2 ** 31)]).toEqual(["900 B", "1.5 KiB", "2 GiB"]);
    expect([duration(0.25), duration(12), duration(180), duration(7500), duration(1e6)]).toEqual([
      "250 ms",
      "12 s",
      "3 min",
      "2 h 5 min",
      "11 d",
    ]);
  });
});
