// Zooming and panning a chart by wheel, drag and touch. Tells the new window; what is in it is somebody else's affair.
import type uPlot from "uplot";
import { moved, type Window, zoomed } from "../logic/window";

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
    plot.over.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      const [start, from] = [shown(), event.clientX];
      plot.over.setPointerCapture(event.pointerId);
      const move = (now: PointerEvent) =>
        show(moved(start, (from - now.clientX) / plot.over.clientWidth, Date.now() / 1000));
      const end = () => plot.over.removeEventListener("pointermove", move);
      plot.over.addEventListener("pointermove", move);
      plot.over.addEventListener("pointerup", end, { once: true });
      plot.over.addEventListener("pointercancel", end, { once: true });
    });
    plot.over.style.touchAction = "pan-y"; // a thumb still scrolls the page
  };
  return { hooks: { ready } };
}
