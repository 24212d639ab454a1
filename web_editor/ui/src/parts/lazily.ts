// Parts that come when they are first needed, also when the engine is away at that moment.
import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import { live } from "../api/live";
import { isAway } from "../state/away";

const AGAIN_MS = 1000;
const RELOADED = "flowengine.reloaded";

/** As React's `lazy`. While the engine is away it waits; a part that another version of the editor has replaced needs the page anew. */
// biome-ignore lint/suspicious/noExplicitAny: as React declares it, whatever the properties
export function lazily<T extends ComponentType<any>>(load: () => Promise<{ default: T }>): LazyExoticComponent<T> {
  return lazy(() => patiently(load));
}

export async function patiently<T>(load: () => Promise<T>, reload: () => void = reloadOnce): Promise<T> {
  for (;;) {
    try {
      return await load();
    } catch (cause) {
      if (!isAway(live.state.get()) && navigator.onLine && (await isServed())) {
        reload();
        throw cause;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

const isServed = () =>
  fetch("/index.html", { cache: "no-store" }).then(
    ({ ok }) => ok,
    () => false,
  );

/** Once in ten seconds: what fails after that fails for another reason. */
function reloadOnce(): void {
  const last_ms = Number(sessionStorage.getItem(RELOADED) ?? 0);
  if (Date.now() - last_ms < 10_000) return;
  sessionStorage.setItem(RELOADED, String(Date.now()));
  location.reload();
}
