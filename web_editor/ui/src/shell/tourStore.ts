// Whether the tour is on and at which step. Draws nothing.
import { prefer, preferences } from "../state/preferences";
import { createStore } from "../state/store";

export const touring = createStore<{ step: number | null }>({ step: null });

export const startTour = () => touring.set({ step: 0 });

export function startTourOnce(): void {
  if (!preferences.get().toured) startTour();
}

export function endTour(): void {
  touring.set({ step: null });
  prefer({ toured: true });
}
