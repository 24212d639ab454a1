import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { onceBack } from "../src/api/back";
import { ApiError } from "../src/api/http";
import { createStore } from "../src/state/store";

const away = () => new ApiError({ type: "urn:flowengine:no-answer", title: "The engine does not answer.", status: 0 });
const socketThatIs = (connected: boolean) => createStore({ connected, ever: true, retry_at_ms: 0, attempt: 0 });

describe("onceBack", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("asks again when the engine is back, and not before", async () => {
    const socket = socketThatIs(false);
    const read = vi.fn().mockRejectedValueOnce(away()).mockResolvedValue("types");
    const found = onceBack(read, socket);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(read).toHaveBeenCalledTimes(1);
    socket.set({ connected: true });
    expect(await found).toBe("types");
  });

  it("asks an engine that is there but gave no answer again, not at once", async () => {
    const read = vi.fn().mockRejectedValueOnce(away()).mockRejectedValueOnce(away()).mockResolvedValue("types");
    const found = onceBack(read, socketThatIs(true));
    await vi.advanceTimersByTimeAsync(900);
    expect(read).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1200);
    expect(await found).toBe("types");
    expect(read).toHaveBeenCalledTimes(3);
  });

  it("hands on an answer that is an error", async () => {
    const refused = new ApiError({ type: "urn:flowengine:forbidden", title: "no", status: 403 });
    await expect(onceBack(() => Promise.reject(refused), socketThatIs(true))).rejects.toBe(refused);
  });
});
