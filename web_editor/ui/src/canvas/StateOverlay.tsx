// All node states on one drawing surface while the canvas is too far away to read: nothing in React changes then.
import { useStore, useStoreApi } from "@xyflow/react";
import { useEffect, useRef } from "react";
import type { Graph } from "../api/types";
import { NODE_WIDTH, nodeHeight, type Place, portCount } from "../logic/layout";
import { status } from "../state/feeds";
import { FAR_ZOOM } from "./far";

export const useFar = () => useStore((state) => state.transform[2] < FAR_ZOOM);

export function StateOverlay({ graph, places }: { graph: Graph; places: ReadonlyMap<string, Place> }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const store = useStoreApi();
  const far = useFar();
  useEffect(() => {
    if (!far) return;
    const element = canvas.current!;
    const colours = stateColours(element);
    const marks = graph.nodes.map((node) => ({ id: node.id, place: places.get(node.id) ?? { x: 0, y: 0 }, height: nodeHeight(portCount(node)) }));
    let [seen, drawn] = [-1, ""];
    let frame = requestAnimationFrame(function step() {
      const { transform, width, height } = store.getState();
      const view = `${transform.join()} ${width} ${height}`;
      if (status.version !== seen || view !== drawn) {
        [seen, drawn] = [status.version, view];
        draw(element, marks, transform, width, height, colours);
        drawWires(element, graph, marks, transform, colours[0]!);
      }
      frame = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(frame);
  }, [far, graph, places, store]);
  return far ? <canvas ref={canvas} className="overlay" aria-hidden="true" /> : null;
}

/** Custom properties hold both themes; only a painted element knows which one counts. */
function stateColours(beside: HTMLElement): string[] {
  const probe = document.createElement("span");
  beside.parentElement!.append(probe);
  const colours = ["--off", "--ok", "--warn", "--error"].map((name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  return colours;
}

type Mark = { id: string; place: Place; height: number };

function draw(element: HTMLCanvasElement, marks: readonly Mark[], [tx, ty, zoom]: [number, number, number], width: number, height: number, colours: string[]) {
  const ratio = Math.min(devicePixelRatio, 2);
  if (element.width !== width * ratio || element.height !== height * ratio) {
    element.width = width * ratio;
    element.height = height * ratio;
    element.style.width = `${width}px`;
    element.style.height = `${height}px`;
  }
  const pen = element.getContext("2d")!;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const size = Math.max(3, 22 * zoom);
  for (let state = 0; state < 4; state++) {
    pen.fillStyle = pen.strokeStyle = colours[state]!;
    pen.beginPath();
    for (const { id, place, height: tall } of marks) {
      if ((status.nodes.get(id)?.state ?? 0) !== state) continue;
      const [x, y] = [place.x * zoom + tx + (NODE_WIDTH * zoom) / 2, place.y * zoom + ty + (tall * zoom) / 2];
      if (x > -50 && y > -50 && x < width + 50 && y < height + 50) shape(pen, state, x, y, size);
    }
    if (state === 0) pen.stroke();
    else pen.fill();
  }
}

/** Straight lines from the right of one node to the left of the next: that is all one sees from afar. The canvas library
 * cannot draw them here, because nodes that appear while they are far away have no handles to it, and a thousand curves
 * in the page would cost half of every frame. */
function drawWires(element: HTMLCanvasElement, graph: Graph, marks: readonly Mark[], [tx, ty, zoom]: [number, number, number], colour: string): void {
  const pen = element.getContext("2d")!;
  pen.strokeStyle = colour;
  pen.lineWidth = Math.max(0.5, 1.5 * zoom);
  pen.beginPath();
  const byId = new Map(marks.map((mark) => [mark.id, mark]));
  for (const { from, to } of graph.wires) {
    const [a, b] = [byId.get(from), byId.get(to)];
    if (!a || !b) continue;
    pen.moveTo((a.place.x + NODE_WIDTH) * zoom + tx, (a.place.y + a.height / 2) * zoom + ty);
    pen.lineTo(b.place.x * zoom + tx, (b.place.y + b.height / 2) * zoom + ty);
  }
  pen.stroke();
}

function shape(pen: CanvasRenderingContext2D, state: number, x: number, y: number, size: number): void {
  if (state < 2) {
    pen.moveTo(x + size, y);
    pen.arc(x, y, size, 0, 7);
  } else {
    pen.moveTo(x, y - size);
    pen.lineTo(x + size, state === 2 ? y + size : y);
    if (state === 3) pen.lineTo(x, y + size);
    pen.lineTo(x - size, state === 2 ? y + size : y);
    pen.closePath();
  }
}
