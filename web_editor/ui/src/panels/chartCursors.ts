// Two cursors on a chart: dragged, tapped to a place, or moved by keys. Tells where they are; what is under them is somebody else's affair.
import type uPlot from "uplot";
import { dateTime, t } from "../i18n";
import { type Cursors, nearestTo, stepped } from "../logic/measure";
import type { Window } from "../logic/window";

const NAMES = ["a", "b"] as const;
const TAP_PX = 4;

/** `where` is null while nothing is measured. */
export function movedCursors(where: () => Cursors | null, onMove: (cursors: Cursors) => void): uPlot.Plugin {
  const handles = new Map<keyof Cursors, HTMLElement>();
  const windowOf = (plot: uPlot): Window => ({ min: plot.scales["x"]!.min!, max: plot.scales["x"]!.max! });
  const put = (name: keyof Cursors, at_s: number) => {
    const cursors = where();
    if (cursors) onMove({ ...cursors, [name]: at_s });
  };
  const timeAt = (plot: uPlot, event: MouseEvent) => {
    const { left, width } = plot.over.getBoundingClientRect();
    return plot.posToVal(Math.min(width, Math.max(0, event.clientX - left)), "x");
  };
  const ready = (plot: uPlot) => {
    for (const name of NAMES) {
      const handle = madeHandle(name);
      handle.addEventListener("keydown", (event) => {
        const to = stepped(where()?.[name] ?? 0, event, windowOf(plot));
        if (to === null) return;
        event.preventDefault();
        put(name, to);
      });
      handle.addEventListener("pointerdown", (event) => {
        event.stopPropagation(); // the window stays where it is
        handle.setPointerCapture(event.pointerId);
      });
      handle.addEventListener("pointermove", (event) => {
        if (handle.hasPointerCapture(event.pointerId)) put(name, timeAt(plot, event));
      });
      handle.addEventListener("click", (event) => event.stopPropagation());
      plot.over.append(handle);
      handles.set(name, handle);
    }
    let pressed_px = 0;
    plot.over.addEventListener("pointerdown", (event) => {
      pressed_px = event.clientX;
    });
    plot.over.addEventListener("click", (event) => {
      const cursors = where();
      if (!cursors || Math.abs(event.clientX - pressed_px) > TAP_PX) return;
      const at_s = timeAt(plot, event);
      put(nearestTo(cursors, at_s), at_s);
    });
  };
  const draw = (plot: uPlot) => {
    const cursors = where();
    for (const [name, handle] of handles) place(plot, handle, cursors?.[name] ?? null, windowOf(plot));
  };
  return { hooks: { ready, draw } };
}

function madeHandle(name: keyof Cursors): HTMLElement {
  const handle = document.createElement("div");
  handle.className = "chart-cursor";
  handle.tabIndex = 0;
  handle.textContent = name.toUpperCase();
  handle.setAttribute("role", "slider");
  handle.setAttribute("aria-label", t("trend.cursor", { name: name.toUpperCase() }));
  handle.hidden = true;
  return handle;
}

function place(plot: uPlot, handle: HTMLElement, at_s: number | null, window: Window): void {
  handle.hidden = at_s === null || at_s < window.min || at_s > window.max;
  if (handle.hidden || at_s === null) return;
  handle.style.left = `${plot.valToPos(at_s, "x")}px`;
  handle.setAttribute("aria-valuemin", String(Math.round(window.min)));
  handle.setAttribute("aria-valuemax", String(Math.round(window.max)));
  handle.setAttribute("aria-valuenow", String(Math.round(at_s)));
  handle.setAttribute("aria-valuetext", dateTime(at_s * 1000));
}
