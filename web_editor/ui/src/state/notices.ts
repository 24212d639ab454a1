// Short messages that come and go. Errors stay until they are closed.
import { ApiError } from "../api/http";
import { createStore } from "./store";

export type Notice = { id: number; kind: "ok" | "error"; text: string };
export const notices = createStore<{ items: readonly Notice[] }>({ items: [] });
const SHOWN_MS = 6000;
const MOST = 4;
let next = 1;

export function tell(text: string, kind: Notice["kind"] = "ok"): void {
  const notice = { id: next++, kind, text };
  const others = notices.get().items.filter((item) => item.text !== text);
  notices.set({ items: [...others, notice].slice(-MOST) });
  if (kind === "ok") setTimeout(() => close(notice.id), SHOWN_MS);
}

export function close(id: number): void {
  notices.set({ items: notices.get().items.filter((item) => item.id !== id) });
}

export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Shows what went wrong; anything that is not an answer of the engine is a fault of ours and goes to the console too. */
export function tellError(error: unknown): void {
  if (!(error instanceof ApiError)) console.error(error);
  tell(wordsOf(error), "error");
}
