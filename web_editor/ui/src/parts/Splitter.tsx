// A border that can be dragged, and moved with the arrow keys.
import type { KeyboardEvent, PointerEvent } from "react";

type Props = {
  label: string;
  orientation: "vertical" | "horizontal";
  size: number;
  grows: 1 | -1;
  min: number;
  max: number;
  onSize: (size: number) => void;
};

export function Splitter({ label, orientation, size, grows, min, max, onSize }: Props) {
  const put = (next: number) => onSize(Math.min(max, Math.max(min, Math.round(next))));
  const along = (event: { clientX: number; clientY: number }) =>
    orientation === "vertical" ? event.clientX : event.clientY;
  const drag = (down: PointerEvent<HTMLDivElement>) => {
    const start = along(down);
    const element = down.currentTarget;
    element.setPointerCapture(down.pointerId);
    element.onpointermove = (move) => put(size + grows * (along(move) - start));
    element.onpointerup = () => (element.onpointermove = element.onpointerup = null);
  };
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -16, ArrowUp: -16, ArrowRight: 16, ArrowDown: 16 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    put(size + grows * step);
  };
  return (
    <div
      className="splitter"
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={orientation}
      aria-valuenow={size}
      aria-valuemin={min}
      aria-valuemax={max}
      onPointerDown={drag}
      onKeyDown={keys}
    />
  );
}
