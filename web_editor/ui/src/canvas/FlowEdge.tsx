// One wire with its rate and, before a queue, the fill. Numbers go straight into the DOM.
import { BaseEdge, EdgeLabelRenderer, type EdgeProps, getBezierPath } from "@xyflow/react";
import { memo, useEffect, useRef } from "react";
import { duration, number, rate, t } from "../i18n";
import { status } from "../state/feeds";
import { fillState } from "../state/status";
import type { CanvasEdge } from "./elements";

function FlowEdgeBody(props: EdgeProps<CanvasEdge>) {
  const { id, markerEnd } = props;
  const [path, x, y] = getBezierPath(props);
  const label = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const write = () => {
      const element = label.current;
      if (!element) return;
      const text = wireText(id);
      if (element.textContent !== text) element.textContent = text;
      const now = status.wires.get(id);
      element.dataset["fill"] = String(now ? fillState(now) : 0);
    };
    write();
    return status.watchWire(id, write);
  }, [id]);
  return (
    <>
      <BaseEdge id={id} path={path} {...(markerEnd ? { markerEnd } : {})} interactionWidth={24} />
      <EdgeLabelRenderer>
        <div ref={label} className="wire-label" style={{ transform: `translate(-50%,-50%) translate(${x}px,${y}px)` }} />
      </EdgeLabelRenderer>
    </>
  );
}

/** `120/s`, and before a queue its fill `64/100` and, while it grows, the time to full; a line each. */
export function wireText(id: string): string {
  const now = status.wires.get(id);
  if (!now) return "";
  const flowing = now.rate > 0 ? t("perSecond", { rate: rate(now.rate) }) : "";
  const fill = now.limit > 0 && now.depth > 0 ? `${number(now.depth)}/${number(now.limit)}` : "";
  const full = now.full_in_s !== null ? t("wire.fullIn", { time: duration(now.full_in_s) }) : "";
  return [flowing, fill, full].filter(Boolean).join("\n");
}

export const FlowEdge = memo(FlowEdgeBody);
