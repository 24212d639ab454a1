// How large the panes around the canvas may be, so that a small window (a page at 200 %, say) leaves the canvas its room.

/** Sizes in CSS pixels; `share` of the window is always allowed, and so is what leaves `spared_px` of the window to others. */
type Bounds = { min: number; max: number; share: number; spared_px: number };

export const PANES = {
  left_px: { min: 150, max: 420, share: 0.22, spared_px: 1000 },
  right_px: { min: 200, max: 760, share: 0.3, spared_px: 680 },
  bottom_px: { min: 80, max: 560, share: 0.36, spared_px: 340 },
} as const satisfies Record<string, Bounds>;

export type Pane = keyof typeof PANES;

/** The most that a pane may take of a window of this width (of this height for the one below), in CSS pixels. */
export function mostOf(pane: Pane, window_px: number): number {
  const { min, max, share, spared_px } = PANES[pane];
  return Math.floor(Math.min(max, Math.max(min, share * window_px, window_px - spared_px)));
}
