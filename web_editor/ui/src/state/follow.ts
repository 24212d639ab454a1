// In a cluster the screen follows to another worker when its own dies: addresses kept in this browser, asked in turn.
import { type LiveState, live } from "../api/live";
import type { WorkerRow } from "../api/types";
import { isAway } from "./away";

const KEY = "flowengine.workers";
/** A worker that is started again is back by then, and nobody is moved for a moment's silence. */
export const PATIENCE_MS = 4000;
const AGAIN_MS = 1000;
const ANSWER_MS = 1500;

type Place = Pick<Location, "origin" | "pathname" | "search" | "assign">;
type Probe = (origin: string) => Promise<boolean>;

/** Remembers where the workers' editors are; one that is away now is kept, since it comes back. */
export function remember(workers: readonly Pick<WorkerRow, "url">[], storage: Storage = localStorage): void {
  const urls = workers.map(({ url }) => origin(url)).filter((url) => url !== null);
  const known = stored(storage).filter((url) => !urls.includes(url));
  storage.setItem(KEY, JSON.stringify([...urls, ...known].slice(0, 32)));
}

/** The addresses of the other workers. */
export const others = (here: string, storage: Storage = localStorage): string[] =>
  stored(storage).filter((url) => url !== here);

function stored(storage: Storage): string[] {
  try {
    const found: unknown = JSON.parse(storage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.map(origin).filter((url) => url !== null) : [];
  } catch {
    return [];
  }
}

function origin(url: unknown): string | null {
  try {
    const { protocol, origin } = new URL(String(url));
    return protocol === "http:" || protocol === "https:" ? origin : null;
  } catch {
    return null;
  }
}

/** Whether a worker lives there; what it says is nobody's business here. */
const answers: Probe = (origin) =>
  fetch(`${origin}/healthz`, { mode: "no-cors", cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) }).then(
    () => true,
    () => false,
  );

/** Goes on at the first other worker that answers once ours has been silent for a while; until the function is called. */
export function followWorkers(
  mayLeave: () => boolean,
  state: Pick<typeof live.state, "get" | "watch"> = live.state,
  place: Place = location,
  probe: Probe = answers,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const away = () => isAway(state.get() as LiveState);
  const look = async () => {
    for (const url of others(place.origin)) {
      if (!away()) break;
      if (mayLeave() && (await probe(url)) && away()) {
        place.assign(`${url}${place.pathname}${place.search}`);
        return;
      }
    }
    timer = away() ? setTimeout(() => void look(), AGAIN_MS) : undefined;
  };
  const changed = () => {
    if (!away()) {
      clearTimeout(timer);
      timer = undefined;
    } else timer ??= setTimeout(() => void look(), PATIENCE_MS);
  };
  const unwatch = state.watch(changed);
  return () => {
    clearTimeout(timer);
    unwatch();
  };
}
