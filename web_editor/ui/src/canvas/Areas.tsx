// What people wrote about the flow: frames around nodes of one area, and the remark below a node.
import { ViewportPortal } from "@xyflow/react";
import { memo } from "react";
import { areasOf } from "./areas";
import type { CanvasNode } from "./elements";

export const Areas = memo(({ nodes, notes }: { nodes: readonly CanvasNode[]; notes: boolean }) => (
  <ViewportPortal>
    {areasOf(nodes).map(({ name, x, y, width, height }) => (
      <div key={name} className="area" style={{ transform: `translate(${x}px, ${y}px)`, width, height }}>
        <span>{name}</span>
      </div>
    ))}
    {notes && nodes.map((node) => <Note key={node.id} node={node} />)}
  </ViewportPortal>
));
Areas.displayName = "Areas";

function Note({ node: { data, position, parentId, width = 0, height = 0 } }: { node: CanvasNode }) {
  const note = data.node.config["note"];
  if (parentId !== undefined || typeof note !== "string" || note === "") return null;
  return (
    <p
      className="note ellipsis"
      title={note}
      style={{ transform: `translate(${position.x}px, ${position.y + height + 2}px)`, width }}
    >
      {note}
    </p>
  );
}
