// The canvas from afar on one drawing surface, over the nodes of a small flow and instead of those of a large one, so that
// neither opening nor moving it touches an element for each node. Nothing in React changes while it moves.
import { useStoreApi } from "@xyflow/react";
import { useEffect, useRef } from "react";
import { useEditor } from "../edit/editor";
import { status } from "../state/feeds";
import { useTheme } from "../state/preferences";
import { coloursOf, drawBoxes, drawNames, drawStates, drawWires, marksOn, type Pen, type View } from "./drawing";
import type { Scene } from "./scene";

/** Drawn beyond each side of what is seen, so that moving the canvas mostly moves the picture. */
const BEYOND_PX = 240;
const stateOf = (id: string) => status.nodes.get(id)?.state ?? 0;

export function Overview({ scene }: { scene: Scene }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const selected = useEditor((state) => state.nodes);
  const store = useStoreApi();
  const theme = useTheme();
  useEffect(() => {
    const element = canvas.current!;
    const colours = coloursOf(element);
    const draw = (view: View, width: number, height: number) => {
      const moved: View = [view[0] + BEYOND_PX, view[1] + BEYOND_PX, view[2]];
      const marks = marksOn(scene, moved, width + 2 * BEYOND_PX, height + 2 * BEYOND_PX);
      show(element, width, height, (pen) => {
        drawWires(pen, scene, moved, colours);
        drawBoxes(pen, marks, selected, view[2], colours);
        drawStates(pen, marks, stateOf, view[2], colours);
        drawNames(pen, marks, stateOf, view[2], colours);
      });
      element.dataset["drawn"] = String(marks.length);
    };
    return follow(store, element, draw);
  }, [scene, selected, store, theme]);
  return <canvas ref={canvas} className="overlay" style={{ left: -BEYOND_PX, top: -BEYOND_PX }} aria-hidden="true" />;
}

/** Draws when states, size or scale have changed or the picture has been moved to its edge; else only moves it. */
function follow(
  store: ReturnType<typeof useStoreApi>,
  element: HTMLElement,
  draw: (view: View, width: number, height: number) => void,
): () => void {
  let [seen, at, size]: [number, View, string] = [-1, [NaN, NaN, NaN], ""];
  let shown = at;
  let frame = 0;
  const step = () => {
    frame = 0;
    const { transform, width, height } = store.getState();
    const [dx, dy] = [transform[0] - at[0], transform[1] - at[1]];
    const inside = transform[2] === at[2] && Math.abs(dx) <= BEYOND_PX && Math.abs(dy) <= BEYOND_PX;
    if (!inside || status.version !== seen || `${width} ${height}` !== size) {
      [seen, at, size] = [status.version, transform, `${width} ${height}`];
      draw(transform, width, height);
      element.style.transform = "translate(0, 0)";
    } else if (transform !== shown) element.style.transform = `translate(${dx}px, ${dy}px)`;
    shown = transform;
  };
  const soon = () => (frame ||= requestAnimationFrame(step));
  soon();
  const ends = [store.subscribe(soon), status.watchStates(soon)];
  return () => {
    cancelAnimationFrame(frame);
    for (const end of ends) end();
  };
}

/** Draws on a sheet of its own and shows a picture of it: a canvas that is drawn on is copied again for every frame that moves it. */
function show(element: HTMLCanvasElement, width: number, height: number, draw: (pen: Pen) => void): void {
  const ratio = Math.min(devicePixelRatio, 2);
  const [wide, high] = [width + 2 * BEYOND_PX, height + 2 * BEYOND_PX];
  element.style.width = `${wide}px`;
  element.style.height = `${high}px`;
  const sheet = new OffscreenCanvas(Math.round(wide * ratio), Math.round(high * ratio));
  const pen = sheet.getContext("2d")!;
  pen.scale(ratio, ratio);
  draw(pen);
  element.getContext("bitmaprenderer")!.transferFromImageBitmap(sheet.transferToImageBitmap());
}
