// Gestures on the overview, where no node has an element: a click, a double click, a rectangle. Each ends in a selection.
import { useReactFlow, useStoreApi } from "@xyflow/react";
import { type MouseEvent, useEffect, useMemo, useRef } from "react";
import { editor } from "../edit/editor";
import { selectNodes } from "../edit/selection";
import type { Box } from "./elements";
import { type Mark, markAt, overlap, type Scene } from "./scene";

const REACH_PX = 6;
const CLOSE = 0.8;

export function useOverviewGestures(scene: Scene, whole: boolean) {
  const view = useReactFlow();
  const rectangle = useRectangle(whole);
  return useMemo(() => {
    const under = (event: MouseEvent): Mark | null => {
      const { x, y } = view.screenToFlowPosition({ x: event.clientX, y: event.clientY }, { snapToGrid: false });
      return markAt(scene.marks, x, y, REACH_PX / view.getZoom());
    };
    return {
      /** Selects what lies under a click, or nothing. */
      click: (event: MouseEvent) => {
        const mark = whole ? under(event) : null;
        const more = event.ctrlKey || event.metaKey;
        const old = more ? [...editor.get().nodes] : [];
        selectNodes(mark ? (old.includes(mark.id) ? old.filter((id) => id !== mark.id) : [...old, mark.id]) : old);
      },
      /** Goes close to what lies under a double click. */
      doubleClick: (event: MouseEvent) => {
        const mark = whole ? under(event) : null;
        if (mark) void view.setCenter(mark.x + mark.width / 2, mark.y + mark.height / 2, { zoom: CLOSE, duration: 0 });
      },
      /** Selects what lies wholly inside the rectangle that was drawn last. */
      rectangle: () => {
        const area = whole ? rectangle.current : null;
        if (area)
          selectNodes(scene.marks.filter((mark) => overlap(mark, area) && within(mark, area)).map(({ id }) => id));
      },
    };
  }, [scene, whole, view, rectangle]);
}

const within = (a: Box, b: Box) =>
  a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height;

/** The selection rectangle in canvas pixels; the library forgets it before it says that it is finished. */
function useRectangle(wanted: boolean) {
  const store = useStoreApi();
  const last = useRef<Box | null>(null);
  useEffect(() => {
    if (!wanted) return;
    return store.subscribe(({ userSelectionRect: drawn, transform: [x, y, zoom] }) => {
      if (drawn)
        last.current = {
          x: (drawn.x - x) / zoom,
          y: (drawn.y - y) / zoom,
          width: drawn.width / zoom,
          height: drawn.height / zoom,
        };
    });
  }, [wanted, store]);
  return last;
}
