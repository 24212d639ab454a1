// Pages that follow each other on a wall. Pure.
import type { PageSummary } from "../api/types";

export const CYCLES_S = [10, 20, 30, 60, 120] as const;

/** Seconds a page stays, from the address; 0: it stays. */
export const cycleOf = (text: string): number => {
  const seconds = Number(text);
  return Number.isFinite(seconds) && seconds >= 5 && seconds <= 3600 ? seconds : 0;
};

/** The page after this one; null where there is no other. */
export function nextPage(pages: readonly PageSummary[], flow: string, page: string): PageSummary | null {
  const at = pages.findIndex((each) => each.flow === flow && each.page === page);
  const next = pages[(at + 1) % pages.length];
  return next === undefined || (next.flow === flow && next.page === page) ? null : next;
}
