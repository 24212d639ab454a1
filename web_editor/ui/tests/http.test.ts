import { afterEach, describe, expect, it, vi } from "vitest";
import { problemText, request } from "../src/api/http";
import { use } from "../src/i18n";
import { en } from "../src/i18n/en";
import { fr } from "../src/i18n/fr";
import { reasons } from "../src/i18n/fr/reasons";
import { setReasons } from "../src/i18n/reasons";

describe("a request", () => {
  afterEach(() => vi.unstubAllGlobals());
  it("that is given up while its body comes is refused, not answered with nothing", async () => {
    const stop = new AbortController();
    const body = new ReadableStream({
      start: (stream) => stop.signal.addEventListener("abort", () => stream.error(stop.signal.reason)),
    });
    vi.stubGlobal("fetch", async () => new Response(body, { status: 200 }));
    const asked = request("GET", "flows", { signal: stop.signal });
    stop.abort();
    await expect(asked).rejects.toBe(stop.signal.reason);
  });
});

describe("a problem", () => {
  afterEach(() => {
    use("en", en);
    setReasons([]);
  });
  const wrong = { type: "urn:flowengine:refused", title: "This cannot be done.", status: 422 };
  it("is told in the engine's words to those who read English", () => {
    use("en", en);
    expect(problemText({ ...wrong, detail: "node pump: no such port" })).toBe("node pump: no such port");
    expect(problemText(wrong)).toBe("This cannot be done.");
  });
  it("begins with its kind in another language", () => {
    use("fr", fr);
    setReasons(reasons);
    expect(problemText({ ...wrong, detail: "node pump: no such port" })).toBe(
      "C’est impossible. (node pump: no such port)",
    );
    expect(problemText({ ...wrong, detail: "no connection hall/x is open" })).toBe(
      "C’est impossible. (aucune connexion hall/x n’est ouverte)",
    );
    expect(problemText(wrong)).toBe("C’est impossible.");
    expect(problemText({ ...wrong, type: "urn:flowengine:newer" })).toBe("This cannot be done.");
  });
});
