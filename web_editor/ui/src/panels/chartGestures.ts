// Zooming and panning a chart by wheel, drag and touch. Tells the new window; what is in it is somebody else's affair.
import type uPlot from "uplot";
import { moved, pinched, type Window, zoomed } from "../logic/window";

const STEP = 1.25;

/** Listens on the plot until it is destroyed. */
export function gestures(onWindow: (window: Window) => void): uPlot.Plugin {
  const ready = (plot: uPlot) => {
    const shown = (): Window => ({ min: plot.scales["x"]!.min!, max: plot.scales["x"]!.max! });
    const show = (window: Window) => {
      plot.setScale("x", window);
      onWindow(window);
    };
    plot.over.addEventListener("wheel", (event) => {
      event.preventDefault();
      const at = plot.posToVal(event.clientX - plot.over.getBoundingClientRect().left, "x");
      show(zoomed(shown(), event.deltaY < 0 ? 1 / STEP : STEP, at));
    });
    followFingers(plot, shown, show);
    plot.over.style.touchAction = "pan-y"; // a thumb still scrolls the page
  };
  return { hooks: { ready } };
}

/** One finger (or the mouse) moves the window, two scale it; a finger that comes or goes begins anew. */
function followFingers(plot: uPlot, shown: () => Window, show: (window: Window) => void): void {
  const now = new Map<number, number>(); // the place of each finger, as a share of the width
  let [start, from]: [Window, readonly number[]] = [shown(), []];
  const shareOf = (event: PointerEvent) =>
    (event.clientX - plot.over.getBoundingClientRect().left) / plot.over.clientWidth;
  const begin = () => {
    [start, from] = [shown(), [...now.values()]];
  };
  plot.over.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || now.size >= 2) return;
    plot.over.setPointerCapture(event.pointerId);
    now.set(event.pointerId, shareOf(event));
    begin();
  });
  plot.over.addEventListener("pointermove", (event) => {
    if (!now.has(event.pointerId)) return;
    now.set(event.pointerId, shareOf(event));
    const [a, b] = [...now.values()];
    const now_s = Date.now() / 1000;
    if (b === undefined) show(moved(start, from[0]! - a!, now_s));
    else show(pinched(start, [from[0]!, from[1]!], [a!, b], now_s));
  });
  for (const end of ["pointerup", "pointercancel"] as const)
    plot.over.addEventListener(end, (event) => {
      if (now.delete(event.pointerId)) begin();
    });
}
