// The rows of the message list: bounded, pausable, and honest about what is not shown. Pure.
import type { TapMessage } from "../api/types";

/** A message as one node or wire told it: a tap of a whole flow hears the same message several times. */
export type TapRow = TapMessage & { row: number };
export type Tap = {
  rows: readonly TapRow[]; // newest first
  waiting: readonly TapRow[]; // arrived while paused
  pins: readonly TapRow[]; // stay until they are let go, whatever is tapped next
  heard: number; // rows so far, which numbers them
  paused: boolean;
  left_out: number; // by the rate cap, a slow connection, or a full list while paused
};
export const EMPTY: Tap = { rows: [], waiting: [], pins: [], heard: 0, paused: false, left_out: 0 };
export const KEPT = 500;

export function arrived(tap: Tap, messages: readonly TapMessage[]): Tap {
  const newest = messages.map((message, i) => ({ ...message, row: tap.heard + i })).reverse();
  const heard = tap.heard + messages.length;
  if (!tap.paused) return { ...tap, heard, rows: [...newest, ...tap.rows].slice(0, KEPT) };
  const waiting = [...newest, ...tap.waiting];
  const over = Math.max(0, waiting.length - KEPT);
  return { ...tap, heard, waiting: waiting.slice(0, KEPT), left_out: tap.left_out + over };
}

/** No rows, and numbers that go on: what was unfolded stays with its own rows. */
export const emptied = ({ paused, heard, pins }: Tap): Tap => ({ ...EMPTY, paused, heard, pins });

/** With the row pinned, or no longer. */
export function pinned(tap: Tap, row: TapRow): Tap {
  const others = tap.pins.filter((pin) => pin.row !== row.row);
  return { ...tap, pins: others.length < tap.pins.length ? others : [row, ...tap.pins] };
}

export const leftOut = (tap: Tap, count: number): Tap => ({ ...tap, left_out: tap.left_out + count });

export function pause(tap: Tap, paused: boolean): Tap {
  return paused
    ? { ...tap, paused }
    : { ...tap, paused, rows: [...tap.waiting, ...tap.rows].slice(0, KEPT), waiting: [] };
}
