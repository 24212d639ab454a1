// What lies below a point of the canvas, by the page's own elements.
import { current, nodeById } from "../edit/editor";
import type { Place } from "../logic/layout";
import type { Target } from "./menu";

/** What a menu is asked for: the node or wire below the pointer or with the focus, else the place. */
export function targetOf(target: EventTarget, place: Place): Target {
  const element = target instanceof Element ? target : null;
  const node = element?.closest<HTMLElement>(".react-flow__node")?.dataset["id"];
  if (node && nodeById(current().graph, node)) return { node };
  const wire = element?.closest<SVGElement>(".react-flow__edge")?.dataset["id"];
  return wire ? { wire } : { place };
}

export function middleOf(target: EventTarget): [number, number] {
  const { x, y, width, height } = (target as Element).getBoundingClientRect();
  return [x + width / 2, y + height / 2];
}

/** The wire at a point of the screen, also below a node that is held over it. */
export function wireUnder(x: number, y: number): string | null {
  for (const element of document.elementsFromPoint(x, y)) {
    const wire = element.closest<SVGElement>(".react-flow__edge")?.dataset["id"];
    if (wire) return wire;
  }
  return null;
}
