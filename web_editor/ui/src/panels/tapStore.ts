// The running tap: what it listens to and the rows it keeps, alive while its panel is not on screen.
import { problemText } from "../api/http";
import { live } from "../api/live";
import type { Filter, TapMessage } from "../api/types";
import { arrived, EMPTY, emptied, leftOut, pause, pinned, type Tap, type TapRow } from "../logic/tap";
import { bottom } from "../state/bottom";
import { tell } from "../state/notices";
import { createStore } from "../state/store";

type State = { tap: Tap; filter: Filter; running: boolean; listening: boolean; ended: string | null; max_rate: number };
export const taps = createStore<State>({
  tap: EMPTY,
  filter: {},
  running: false,
  listening: false,
  ended: null,
  max_rate: 50,
});
let stop: (() => void) | null = null;

// Rows are collected and shown ten times a second at most: a fast tap must not make the editor slow.
const SHOW_EVERY_MS = 100;
let fresh: TapMessage[] = [];
let collecting = false;

function collect(messages: readonly TapMessage[]): void {
  fresh.push(...messages);
  if (collecting) return;
  collecting = true;
  setTimeout(() => {
    taps.set({ tap: arrived(taps.get().tap, fresh) });
    fresh = [];
    collecting = false;
  }, SHOW_EVERY_MS);
}

export function startTap(filter: Filter): void {
  stop?.();
  bottom.set({ tab: "messages" });
  const { tap, max_rate } = taps.get();
  taps.set({ filter, running: true, listening: false, ended: null, tap: emptied(tap) });
  stop = live.subscribe(
    "messages",
    filter,
    {
      snapshot: () => taps.set({ listening: true }), // from here on nothing is missed
      delta: (data) => collect(data.messages ?? []),
      dropped: (count) => taps.set({ tap: leftOut(taps.get().tap, count) }),
      ended: (reason) => endTap(reason),
      failed: (problem) => {
        endTap(null);
        tell(problemText(problem), "error");
      },
    },
    max_rate,
  );
}

export function endTap(reason: string | null = null): void {
  stop?.();
  stop = null;
  taps.set({ running: false, listening: false, ended: reason });
}

export const setPaused = (paused: boolean) => taps.set({ tap: pause(taps.get().tap, paused) });
export const togglePause = () => setPaused(!taps.get().tap.paused);
export const clearTap = () => taps.set({ tap: emptied(taps.get().tap) });
export const togglePin = (row: TapRow) => taps.set({ tap: pinned(taps.get().tap, row) });
