// What a node does as a small drawing in the colour of its kind. Decorative: its name stands beside it.
import type { Category } from "../api/types";
import { drawingOf } from "./typeIcons";

export function TypeIcon({ type, category, size = 16 }: { type: string; category: Category; size?: number }) {
  return (
    <span className="type-icon" data-kind={category} aria-hidden="true">
      <svg
        aria-hidden="true"
        width={size}
        height={size}
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        <path d={drawingOf(type, category)} />
      </svg>
    </span>
  );
}
