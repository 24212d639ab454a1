// A flow as a small drawing: boxes in the colours of their kinds, and the wires. Decorative; no names, no states.
import type { Graph } from "../api/types";
import { layout, NODE_WIDTH, nodeHeight, portCount } from "../logic/layout";

const EDGE = 12;

export function FlowPicture({ graph }: { graph: Graph }) {
  const places = layout(graph);
  const boxes = graph.nodes.map((node) => ({
    id: node.id,
    kind: node.category,
    ...places.get(node.id)!,
    height: nodeHeight(portCount(node)),
  }));
  const at = new Map(boxes.map((box) => [box.id, box]));
  const right = Math.max(...boxes.map(({ x }) => x + NODE_WIDTH)) + EDGE;
  const bottom = Math.max(...boxes.map(({ y, height }) => y + height)) + EDGE;
  return (
    <svg className="flow-picture" viewBox={`0 0 ${right} ${bottom}`} aria-hidden="true">
      {graph.wires.map(({ id, from, port, to }) => {
        const [a, b] = [at.get(from), at.get(to)];
        if (!a || !b) return null;
        const [x1, y1, x2, y2] = [a.x + NODE_WIDTH, a.y + a.height / 2, b.x, b.y + b.height / 2];
        const bend = Math.max(40, Math.abs(x2 - x1) / 2);
        return (
          <path
            key={id}
            className={port === "error" ? "error" : ""}
            d={`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`}
          />
        );
      })}
      {boxes.map(({ id, kind, x, y, height }) => (
        <g key={id} data-kind={kind}>
          <rect x={x} y={y} width={NODE_WIDTH} height={height} rx={10} />
          <circle cx={x + 26} cy={y + height / 2} r={10} />
          <line x1={x + 52} x2={x + NODE_WIDTH - 24} y1={y + height / 2} y2={y + height / 2} />
        </g>
      ))}
    </svg>
  );
}
