// The keys that work while the canvas has the focus.
import type { KeyboardEvent } from "react";
import { current, editor } from "../edit/editor";
import { deleteSelected, nudgeSelected } from "../edit/gestures";
import { typesKnown } from "../edit/nodeTypes";
import { show } from "../edit/overlays";
import { reveal, selectAll, selectedNode, selectNodes, selectReach, selectWire, toggleInside } from "../edit/selection";
import { selectedInstance, writeOut } from "../edit/subflows";
import { type Direction, neighbour } from "../logic/layout";
import { togglePause } from "../panels/tapStore";

const ARROWS: Record<string, Direction> = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
const STEP = 10;
const NUDGE: Record<Direction, [number, number]> = {
  left: [-STEP, 0],
  right: [STEP, 0],
  up: [0, -STEP],
  down: [0, STEP],
};

export function canvasKeys(event: KeyboardEvent, editable: boolean, mayTap: boolean): void {
  if (event.target instanceof HTMLElement && event.target.closest("input,textarea,select,button,dialog")) return;
  const done = event.altKey
    ? altKey(event)
    : event.ctrlKey || event.metaKey
      ? controlKey(event, editable)
      : plainKey(event, editable, mayTap);
  if (done) {
    event.preventDefault();
    event.stopPropagation();
  }
}

function altKey({ code }: KeyboardEvent): boolean {
  if (code === "KeyU") selectReach("up");
  else if (code === "KeyD") selectReach("down");
  else return false;
  return true;
}

function controlKey({ key }: KeyboardEvent, editable: boolean): boolean {
  const direction = ARROWS[key];
  if (key.toLowerCase() === "a") selectAll();
  else if (direction && editable) nudgeSelected(...NUDGE[direction]);
  else return false;
  return true;
}

function plainKey(event: KeyboardEvent, editable: boolean, mayTap: boolean): boolean {
  const direction = ARROWS[event.key];
  if (direction) return walk(event, direction);
  const wire = focusedIn(event, ".react-flow__edge");
  if (wire && (event.key === "Enter" || event.key === " ")) {
    selectWire(wire);
    return true;
  }
  const focused = focusedNode(event);
  if (focused && (event.key === "Enter" || event.key === " ") && !editor.get().nodes.has(focused))
    selectNodes([focused]);
  else if (event.key === "Enter") return openSelected();
  else if (event.key === " " && mayTap) togglePause();
  else if (event.key === "?") show("help");
  else if (event.key === "Escape") selectNodes([]);
  else return editable && editKey(event);
  return true;
}

function editKey({ key, currentTarget }: KeyboardEvent): boolean {
  if (key === "Delete" || key === "Backspace") {
    // before the node that has it goes: without the focus the canvas hears no key, not even that of a paste
    if (currentTarget instanceof HTMLElement) currentTarget.focus({ preventScroll: true });
    deleteSelected();
  } else if (key.toLowerCase() === "a") show("add");
  else if (key.toLowerCase() === "w" && selectedNode()) show("wire");
  else if (key === "F2" && selectedNode()) show("rename");
  else if (key === "s" && editor.get().nodes.size > 0) show("subflow");
  else if (key === "S" && selectedInstance()) void writeOut();
  else return false;
  return true;
}

function walk(event: KeyboardEvent, direction: Direction): boolean {
  const { places, graph } = current();
  const from = selectedNode() ?? focusedNode(event) ?? null;
  const to = from ? neighbour(places, from, direction) : (graph?.nodes[0]?.id ?? null);
  if (to) {
    selectNodes([to]);
    reveal(to, true);
  }
  return true;
}

function openSelected(): boolean {
  const node = current().graph?.nodes.find(({ id }) => id === selectedNode());
  if (!node) return false;
  if (node.subflow) void toggleInside(node);
  else {
    editor.set({ right: "properties" });
    void typesKnown().then(() =>
      requestAnimationFrame(() =>
        document.querySelector<HTMLElement>('[data-panel="properties"] :is(input,select,textarea)')?.focus(),
      ),
    );
  }
  return true;
}

const focusedNode = (event: KeyboardEvent) => focusedIn(event, ".react-flow__node");

/** Wires are SVG, nodes are not. */
function focusedIn({ target }: KeyboardEvent, what: string): string | undefined {
  return target instanceof Element ? target.closest<HTMLElement | SVGElement>(what)?.dataset["id"] : undefined;
}
