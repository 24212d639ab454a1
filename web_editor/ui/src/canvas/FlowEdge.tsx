// One wire with its rate and, before a queue, the fill. Numbers go straight into the DOM.
import { BaseEdge, type EdgeProps, getBezierPath } from "@xyflow/react";
import { memo, useEffect, useRef } from "react";
import { bytes, duration, number, rate, t } from "../i18n";
import { status } from "../state/feeds";
import { fillState, type WireStatus } from "../state/status";
import type { CanvasEdge } from "./elements";
import { useFarView } from "./far";
import { put } from "./put";

function FlowEdgeBody(props: EdgeProps<CanvasEdge>) {
  const { id, markerEnd } = props;
  const [path, x, y] = getBezierPath(props);
  const far = useFarView();
  return (
    <>
      <BaseEdge id={id} path={path} {...(markerEnd ? { markerEnd } : {})} interactionWidth={24} />
      {!far && <Label id={props.data?.live ?? id} x={x} y={y} />}
    </>
  );
}

const LINE_PX = 13;
/** The rate stands above its wire, what waits in the queue below. */
const OFFSETS_PX = [-6, 15, 15 + LINE_PX];

/** SVG text, not the library's label layer: that one looks for its place in the page at every frame, for every wire. */
function Label({ id, x, y }: { id: string; x: number; y: number }) {
  const label = useRef<SVGTextElement>(null);
  useEffect(() => {
    const element = label.current!;
    const write = () => {
      const lines = wireLines(id);
      [...element.children].forEach((line, i) => put(line, lines[i] ?? ""));
      const now = status.wires.get(id);
      element.closest<SVGElement>(".react-flow__edge")!.dataset["flowing"] = String((now?.rate ?? 0) > 0);
      element.dataset["fill"] = String(now ? fillState(now) : 0);
    };
    write();
    return status.watchWire(id, write);
  }, [id]);
  return (
    <text ref={label} className="wire-label" aria-hidden="true">
      {OFFSETS_PX.map((offset) => (
        <tspan key={offset} x={x} y={y + offset} />
      ))}
    </text>
  );
}

/** `120/s`, and before a queue its fill `64/100` and, while it grows, the time to full; a line each, which may be empty. */
export function wireLines(id: string): string[] {
  const now = status.wires.get(id);
  if (!now) return [];
  const flowing = now.rate > 0 ? t("perSecond", { rate: rate(now.rate) }) : "";
  const fill = now.limit > 0 && now.depth > 0 ? fillText(now) : "";
  const full = now.full_in_s !== null ? t("wire.fullIn", { time: duration(now.full_in_s) }) : "";
  return [flowing, fill, full];
}

const fillText = ({ depth, limit, unit }: WireStatus) =>
  unit
    ? t("wire.stored", { size: bytes(depth * 1024), limit: bytes(limit * 1024) })
    : t("wire.waiting", { n: number(depth), limit: number(limit) });

export const FlowEdge = memo(FlowEdgeBody);
