// How long ago something was, kept true while it is on screen.
import { useEffect, useState } from "react";
import { dateTime, duration, t } from "../i18n";

const EVERY_MS = 1000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;

/** One clock for all ages on the page. */
function everySecond(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => listeners.forEach((tell) => tell()), EVERY_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer) {
      clearInterval(timer);
      timer = null;
    }
  };
}

export function Age({ at_ms }: { at_ms: number }) {
  const [, tick] = useState(0);
  useEffect(() => everySecond(() => tick((old) => old + 1)), []);
  return (
    <time dateTime={new Date(at_ms).toISOString()} title={dateTime(at_ms)}>
      {ageText(at_ms, Date.now())}
    </time>
  );
}

export function ageText(at_ms: number, now_ms: number): string {
  const seconds = Math.max(0, (now_ms - at_ms) / 1000);
  return seconds < 1 ? t("now") : duration(Math.floor(seconds));
}
