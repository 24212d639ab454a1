import { afterEach, describe, expect, it, vi } from "vitest";
import { request } from "../src/api/http";

describe("a request", () => {
  afterEach(() => vi.unstubAllGlobals());
  it("that is given up while its body comes is refused, not answered with nothing", async () => {
    const stop = new AbortController();
    const body = new ReadableStream({ start: (stream) => stop.signal.addEventListener("abort", () => stream.error(stop.signal.reason)) });
    vi.stubGlobal("fetch", async () => new Response(body, { status: 200 }));
    const asked = request("GET", "flows", { signal: stop.signal });
    stop.abort();
    await expect(asked).rejects.toBe(stop.signal.reason);
  });
});
