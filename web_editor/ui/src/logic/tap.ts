// The rows of the message list: bounded, pausable, and honest about what is not shown. Pure.
import type { TapMessage } from "../api/types";

export type Tap = {
  rows: readonly TapMessage[]; // newest first
  waiting: readonly TapMessage[]; // arrived while paused
  paused: boolean;
  left_out: number; // by the rate cap, a slow connection, or a full list while paused
};
export const EMPTY: Tap = { rows: [], waiting: [], paused: false, left_out: 0 };
export const KEPT = 500;

export function arrived(tap: Tap, messages: readonly TapMessage[]): Tap {
  const newest = [...messages].reverse();
  if (!tap.paused) return { ...tap, rows: [...newest, ...tap.rows].slice(0, KEPT) };
  const waiting = [...newest, ...tap.waiting];
  const over = Math.max(0, waiting.length - KEPT);
  return { ...tap, waiting: waiting.slice(0, KEPT), left_out: tap.left_out + over };
}

export const leftOut = (tap: Tap, count: number): Tap => ({ ...tap, left_out: tap.left_out + count });

export function pause(tap: Tap, paused: boolean): Tap {
  return paused ? { ...tap, paused } : { ...tap, paused, rows: [...tap.waiting, ...tap.rows].slice(0, KEPT), waiting: [] };
}
