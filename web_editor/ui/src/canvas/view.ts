// Where the canvas looks: the whole flow when it is opened, a chosen node, the nodes that are near what is seen.
import { useReactFlow, useStore, useStoreApi, type Viewport } from "@xyflow/react";
import { type RefObject, useCallback, useEffect, useMemo, useState } from "react";
import { editor, useEditor } from "../edit/editor";
import { NODE_HEIGHT, NODE_WIDTH, type Place } from "../logic/layout";
import type { Box, CanvasEdge, CanvasNode } from "./elements";
import { FAR_ZOOM } from "./far";
import { boundsOf, type Scene, shownIn, tilesOf } from "./scene";

// From here on the view from afar is drawn as a whole, and only what is near gets elements of the page.
export const MANY = 200;
const READABLE = 0.8;
const FRAMES = 10;
const NOTHING: never[] = [];

/** Between the two, names and states are written larger, and the type is left out. */
const SMALL_ZOOM = 0.7;
export const useSmall = () => useStore(({ transform: [, , zoom] }) => zoom < SMALL_ZOOM);

export const useFar = () => useStore((state) => state.transform[2] < FAR_ZOOM);

/** The nodes and wires that the canvas library gets: all of a small flow, of a large one those near the view, afar none. */
export function useNear(
  nodes: CanvasNode[],
  edges: CanvasEdge[],
  scene: Scene,
  far: boolean,
  opened: boolean,
): { nodes: CanvasNode[]; edges: CanvasEdge[] } {
  const many = nodes.length > MANY;
  const area = useTiles(many && !far);
  return useMemo(() => {
    // Nodes that appear while they are far away have no handles for wires to end at; the overview draws those.
    if (!many) return { nodes, edges: far ? NOTHING : edges };
    if (far || !opened || !area) return { nodes: NOTHING, edges: NOTHING };
    const shown = shownIn(scene, area);
    // A node that is being dragged keeps its element wherever it goes, and one inside a frame needs the frame.
    const frames = new Set(nodes.flatMap(({ id, parentId }) => (parentId && shown.has(id) ? [parentId] : [])));
    return {
      nodes: nodes.filter(({ id, dragging }) => dragging || shown.has(id) || frames.has(id)),
      edges: edges.filter(({ source, target }) => shown.has(source) && shown.has(target)),
    };
  }, [many, far, opened, area, nodes, edges, scene]);
}

function useTiles(wanted: boolean): Box | null {
  const store = useStoreApi();
  const [area, setArea] = useState<Box | null>(null);
  useEffect(() => {
    if (!wanted) return setArea(null);
    const look = () => {
      const { transform, width, height } = store.getState();
      const next = tilesOf(transform, width, height);
      setArea((old) =>
        old && old.x === next.x && old.y === next.y && old.width === next.width && old.height === next.height
          ? old
          : next,
      );
    };
    return followView(store, look);
  }, [wanted, store]);
  return area;
}

/** Calls `look` now and whenever the view is moved, scaled or changes its size, until the returned function is called. */
export function followView(store: ReturnType<typeof useStoreApi>, look: () => void): () => void {
  look();
  return store.subscribe(
    (now, before) =>
      (now.transform !== before.transform || now.width !== before.width || now.height !== before.height) && look(),
  );
}

/** Kept free on the left for the buttons, and around the flow. */
const BUTTONS_PX = 64;
const EDGE_PX = 24;

/** The view that shows all of a flow beside the buttons, never larger than life. */
export function wholeView(bounds: Box, width: number, height: number, least: number): Viewport {
  const [wide, high] = [width - BUTTONS_PX - EDGE_PX, height - 2 * EDGE_PX];
  const zoom = Math.max(least, Math.min(wide / Math.max(bounds.width, 1), high / Math.max(bounds.height, 1), 1));
  return {
    x: BUTTONS_PX + (wide - bounds.width * zoom) / 2 - bounds.x * zoom,
    y: EDGE_PX + (high - bounds.height * zoom) / 2 - bounds.y * zoom,
    zoom,
  };
}

/** The view that shows a node: with the whole flow around it, or in the middle where all of that were too small to read. */
export function viewOn(place: Place, all: readonly Place[], width: number, height: number, zoom: number): Viewport {
  const boxes = all.map(({ x, y }) => ({ x, y, width: NODE_WIDTH, height: NODE_HEIGHT }));
  const whole = wholeView(boundsOf(boxes), width, height, 0);
  if (whole.zoom >= READABLE) return whole;
  const readable = Math.max(READABLE, zoom);
  return {
    x: width / 2 - (place.x + NODE_WIDTH / 2) * readable,
    y: height / 2 - (place.y + NODE_HEIGHT / 2) * readable,
    zoom: readable,
  };
}

/** A canvas as narrow as that of a page at 200 %: a map of the flow would cover the flow. */
const NARROW_PX = 520;
export const useNarrow = () => useStore(({ width }) => width <= NARROW_PX);

/** What a flow is opened with: all of it; in a narrow canvas, where that were a row of dots, its beginning. */
export function openingView(bounds: Box, width: number, height: number, least: number): Viewport {
  const whole = wholeView(bounds, width, height, least);
  if (whole.zoom >= FAR_ZOOM || width > NARROW_PX) return whole;
  const view = wholeView(bounds, width, height, FAR_ZOOM);
  return { ...view, x: Math.max(view.x, BUTTONS_PX - bounds.x * FAR_ZOOM) };
}

/** Shows everything. */
export function useFit({ bounds }: Scene): () => void {
  const view = useReactFlow();
  const store = useStoreApi();
  return useCallback(() => {
    const { width, height, minZoom } = store.getState();
    void view.setViewport(wholeView(bounds, width, height, minZoom));
  }, [view, store, bounds]);
}

const keyOf = (flow: string) => `flowengine.view.${flow}`;

/** Where this tab left a flow, also before a reload. */
function left(flow: string): Viewport | null {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(flow)) ?? "null") as Viewport | null;
  } catch {
    return null;
  }
}

/** Shows the flow when it is opened: where the reader left it, else all of it; then the view is the reader's. True once shown. */
export function useFitOnce(scene: Scene, flow: string): boolean {
  const view = useReactFlow();
  const store = useStoreApi();
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (done || scene.marks.length === 0) return;
    setDone(true);
    if (editor.get().reveal) return;
    const before = left(flow);
    const { width, height, minZoom } = store.getState();
    void view.setViewport(before ?? openingView(scene.bounds, width, height, minZoom));
  }, [done, scene, flow, view, store]);
  useEffect(() => {
    if (!done) return;
    let timer = 0;
    const keep = () => {
      clearTimeout(timer); // once the view rests: storage is slow, and a pan asks sixty times a second
      timer = window.setTimeout(() => {
        const [x, y, zoom] = store.getState().transform;
        try {
          sessionStorage.setItem(keyOf(flow), JSON.stringify({ x, y, zoom }));
        } catch {
          // private windows may refuse storage; the flow then opens as a whole
        }
      }, 200);
    };
    return followView(store, keep);
  }, [done, flow, store]);
  return done;
}

/** Whether all of a flow is seen: a map of it would show nothing more. */
export function useSeesAll({ bounds }: Scene): boolean {
  return useStore(({ transform: [x, y, zoom], width, height }) => {
    const [left, top] = [bounds.x * zoom + x, bounds.y * zoom + y];
    return left >= 0 && top >= 0 && left + bounds.width * zoom <= width && top + bounds.height * zoom <= height;
  });
}

/** Brings a node into view when it was added or chosen elsewhere (outline, search, problems), and into focus if asked. */
export function useShowSelected(root: RefObject<HTMLDivElement | null>): void {
  const view = useReactFlow();
  const asked = useEditor((state) => state.reveal);
  useEffect(() => {
    const places = editor.get().document?.store.get().places;
    const place = asked && places?.get(asked.node);
    if (!places || !place) return;
    const { clientWidth: width, clientHeight: height } = root.current!;
    if (!inView(root.current!, view.flowToScreenPosition(place), view.getZoom()))
      void view.setViewport(viewOn(place, [...places.values()], width, height, view.getZoom()));
    if (!asked.focus) return;
    const selector = `.react-flow__node[data-id="${CSS.escape(asked.node)}"]`;
    let left = FRAMES; // its element comes a few frames after the view has moved there
    let frame = requestAnimationFrame(function focus() {
      const element = root.current?.querySelector<HTMLElement>(selector);
      element?.focus({ preventScroll: true });
      if (left-- > 0 && document.activeElement !== element) frame = requestAnimationFrame(focus);
    });
    return () => cancelAnimationFrame(frame);
  }, [asked, view, root]);
}

function inView(element: HTMLElement, corner: { x: number; y: number }, zoom: number): boolean {
  const { left, top, right, bottom } = element.getBoundingClientRect();
  return (
    zoom >= FAR_ZOOM &&
    corner.x >= left &&
    corner.y >= top &&
    corner.x + NODE_WIDTH * zoom <= right &&
    corner.y + NODE_HEIGHT * zoom <= bottom
  );
}
