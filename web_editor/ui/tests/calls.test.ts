import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as calls from "../src/api/calls";
import { ROUTES } from "../src/api/generated";
import { use } from "../src/i18n";
import { en } from "../src/i18n/en";
import { fr } from "../src/i18n/fr";

const fetched = vi.fn<(path: string, options: RequestInit) => Promise<Response>>(async () => Response.json({}));
const asked = () => fetched.mock.lastCall!;

/** The route that serves a request; captures stand for one part of the path. */
const served = (method: string, path: string) =>
  ROUTES.filter((route) =>
    new RegExp(`^${route.replace(/[.]/g, "\\.").replace(/\{\w+\}/g, "[^/]+")}$`).test(`${method} ${path}`),
  );

describe("every call", () => {
  beforeEach(() => {
    fetched.mockClear();
    vi.stubGlobal("fetch", fetched);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    use("en", en);
  });

  const groups = Object.entries(calls).filter(([, group]) => typeof group === "object");
  const each = groups.flatMap(([group, of]) =>
    Object.entries(of as Record<string, (...given: unknown[]) => Promise<unknown>>).map(
      ([name, call]) => [`${group}.${name}`, call] as const,
    ),
  );
  // What a call needs besides texts.
  const SPECIAL: Record<string, unknown[]> = {
    "alarms.act": ["a/b", "shelve", {}],
    "alarms.acknowledgeGroup": [{ flow: "f", node: "n", group: "g" }, ""],
    "watch.trend": ["k", 1.5, 2.5, 10],
    "watch.marks": ["k", 1.5, 2.5],
  };

  it.each(each)("%s is a route of the API", async (name, call) => {
    await call(...(SPECIAL[name] ?? ["a/b", "c d", "e", "f"]));
    const [path, { method, headers }] = asked();
    const plain = path.replace(/^\/api\/v1/, "").replace(/\?.*/, "");
    expect(served(method!, plain), `${method} ${plain}`).toHaveLength(1);
    expect(headers).toMatchObject({ "X-Requested-With": "flowengine" });
  });

  it("keeps what a person named apart from the path it stands in", async () => {
    await calls.flows.read("a/../b?c#d");
    expect(asked()[0]).toBe("/api/v1/flows/a%2F..%2Fb%3Fc%23d");
  });

  it("leaves out what is not asked for", async () => {
    await calls.alarms.history(undefined, null);
    expect(asked()[0]).toBe("/api/v1/alarms/history");
    await calls.alarms.history("x&y", "7");
    expect(asked()[0]).toBe("/api/v1/alarms/history?alarm=x%26y&cursor=7");
  });

  it("asks for words in the reader's language", async () => {
    await calls.catalog.palette();
    expect(asked()[0]).toBe("/api/v1/palette");
    use("fr", fr);
    await calls.catalog.palette();
    expect(asked()[0]).toBe("/api/v1/palette?lang=fr");
  });

  it("changes a text only as it was read", async () => {
    await calls.flows.write("f", "flow: f", '"3"');
    expect(asked()[1].headers).toMatchObject({ "If-Match": '"3"' });
    await calls.flows.create("f", "flow: f");
    expect(asked()[1].headers).toMatchObject({ "If-None-Match": "*" });
  });
});
