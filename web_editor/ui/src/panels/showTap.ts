// Taps, and goes where the messages are seen: below the canvas, or on a phone on their own screen.
import type { Filter } from "../api/types";
import { go } from "../state/route";
import { WIDE } from "../state/wide";
import { startTap } from "./tapStore";

export function showTap(filter: Filter): void {
  startTap(filter);
  if (!matchMedia(WIDE).matches) go({ screen: "messages" });
}
