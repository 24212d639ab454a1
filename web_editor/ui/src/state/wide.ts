// Whether there is room for a canvas with panels beside it.
import { useSyncExternalStore } from "react";

export const WIDE = "(min-width: 720px)";

const isWide = () => matchMedia(WIDE).matches;

function watchWidth(changed: () => void): () => void {
  const query = matchMedia(WIDE);
  query.addEventListener("change", changed);
  return () => query.removeEventListener("change", changed);
}

export const useWide = () => useSyncExternalStore(watchWidth, isWide, isWide);
