// What this browser remembers for its user: language, theme, mode, sizes. Never anything secret.
import { useSyncExternalStore } from "react";
import { createStore } from "./store";

export type Preferences = {
  language: "en" | "fr" | null; // null: as the browser is set
  theme: "light" | "dark" | null;
  mode: "operator" | "integrator" | null; // null: by role and width
  sound: boolean; // of alarms
  favourites: readonly string[]; // ids of flows
  trendSets: Readonly<Record<string, readonly string[]>>; // points by the name of their set
  alarmFilters: Readonly<Record<string, string>>; // what of the address filters alarms, by name
  toured: boolean; // has seen the tour, or skipped it
  left_px: number;
  right_px: number;
  bottom_px: number;
};

const KEY = "flowengine.preferences";
const FIRST: Preferences = {
  language: null,
  theme: null,
  mode: null,
  sound: false,
  favourites: [],
  trendSets: {},
  alarmFilters: {},
  toured: false,
  left_px: 220,
  right_px: 340,
  bottom_px: 250,
};

function remembered(): Preferences {
  try {
    return { ...FIRST, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Preferences>) };
  } catch {
    return FIRST;
  }
}

export const preferences = createStore<Preferences>(remembered());

export function prefer(change: Partial<Preferences>): void {
  preferences.set(change);
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences.get()));
  } catch {
    // private windows may refuse storage; the choice then lasts as long as the page
  }
}

export function applyTheme(): void {
  const { theme } = preferences.get();
  if (theme) document.documentElement.dataset["theme"] = theme;
  else delete document.documentElement.dataset["theme"];
}

const DARK = "(prefers-color-scheme: dark)";

function watchTheme(listener: () => void): () => void {
  const system = matchMedia(DARK);
  system.addEventListener("change", listener);
  const stop = preferences.watch(listener);
  return () => {
    system.removeEventListener("change", listener);
    stop();
  };
}

/** The theme that is shown, chosen here or by the system: for what draws by itself and must draw again. */
export const useTheme = (): "light" | "dark" =>
  useSyncExternalStore(watchTheme, () => preferences.get().theme ?? (matchMedia(DARK).matches ? "dark" : "light"));
