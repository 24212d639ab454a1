// One node on the canvas. Its live numbers are written straight into the DOM; React draws it only when the flow changes.
import { Handle, type NodeProps, Position, useUpdateNodeInternals } from "@xyflow/react";
import { memo, useEffect, useRef } from "react";
import { useEditor } from "../edit/editor";
import { number, rate, t } from "../i18n";
import { reasonText } from "../i18n/reasons";
import { nodeHeight, portCount, portsOf, portTop } from "../logic/layout";
import { Icon } from "../parts/Icon";
import { People } from "../parts/People";
import { SHAPES, stateWord, UNKNOWN } from "../parts/StateMark";
import { TypeIcon } from "../parts/TypeIcon";
import { status } from "../state/feeds";
import { useOthers } from "../state/people";
import type { CanvasNode, NodeData } from "./elements";
import { useFarView } from "./far";
import { put } from "./put";

function FlowNodeBody({ id, data, isConnectable, height }: NodeProps<CanvasNode>) {
  const far = useFarView();
  useHandlesOf(id, far);
  const { node } = data;
  const look = `node${data.frame ? " frame" : ""}${node.known ? "" : " unknown"}${node.ports.length > 1 ? " many-ports" : ""}`;
  if (far) return <div className={look} data-kind={node.category} />;
  return (
    <>
      {node.input && <Handle type="target" id="in" position={Position.Left} isConnectable={isConnectable} />}
      <div className={look} data-kind={node.category}>
        <TypeIcon type={node.type} category={node.category} />
        <div className="node-body">
          <Inside data={data} />
        </div>
      </div>
      <Outputs data={data} isConnectable={isConnectable} height={height ?? nodeHeight(portCount(node))} />
    </>
  );
}

/** A node that appeared while it was far away had no handles to find: without another look its wires stay away. */
function useHandlesOf(id: string, far: boolean): void {
  const look = useUpdateNodeInternals();
  const wasFar = useRef(far);
  useEffect(() => {
    if (wasFar.current && !far) look(id);
    wasFar.current = far;
  }, [id, far, look]);
}

function Inside({ data: { node, fault } }: { data: NodeData }) {
  return (
    <>
      <div className="node-name">
        <span className="ellipsis" title={node.id}>
          {node.title ?? node.id}
        </span>
        {fault && <Fault severity={fault} />}
        <Others node={node.id} />
        {node.count !== null && (
          <span className="muted" title={t("node.count")}>
            ×{node.count}
          </span>
        )}
        {node.subflow && (
          <span className="muted" title={t("node.subflow")} aria-hidden="true">
            <Icon name="flow" size={14} />
          </span>
        )}
      </div>
      <Live id={node.id} type={node.type} />
    </>
  );
}

function Outputs({
  data: { node },
  isConnectable,
  height,
}: {
  data: NodeData;
  isConnectable: boolean;
  height: number;
}) {
  const ports = portsOf(node);
  return ports.map((port, i) => {
    const top = portTop(i, ports.length, height);
    return (
      <span key={port}>
        <Handle
          type="source"
          id={port}
          title={`${t("canvas.port")} ${port}`}
          position={Position.Right}
          style={{ top }}
          isConnectable={isConnectable}
          className={port === "error" ? "error" : ""}
        />
        {node.ports.length > 1 && (
          <span className="port-name" style={{ top }}>
            {port}
          </span>
        )}
      </span>
    );
  });
}

/** Who else has this node open: two that edit one node had better talk. */
function Others({ node }: { node: string }) {
  const names = useOthers(
    useEditor((state) => state.document?.id ?? ""),
    node,
  );
  return names.length ? <People names={names} label={t("people.node", { names: names.join(", ") })} /> : null;
}

function Fault({ severity }: { severity: "error" | "warning" }) {
  const state = severity === "error" ? 3 : 2;
  return (
    <span className="state" data-state={state} title={t(`problem.${severity}`)}>
      {SHAPES[state]}
    </span>
  );
}

function Live({ id, type }: { id: string; type: string }) {
  const line = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const [text, state, rateOf, errors] = [...line.current!.querySelectorAll("span")] as [
      HTMLElement,
      HTMLElement,
      HTMLElement,
      HTMLElement,
    ];
    const write = () => {
      const now = status.nodes.get(id);
      put(state, now ? `${SHAPES[now.state]} ${stateWord(now.state)}` : "");
      state.dataset["state"] = String(now?.state ?? 0);
      put(rateOf, now && now.state > 0 && now.state !== UNKNOWN ? t("perSecond", { rate: rate(now.rate) }) : "");
      put(errors, now && now.errors > 0 ? `${number(now.errors)} ✕` : "");
      put(text, now?.text ? reasonText(now.text) : type);
    };
    write();
    return status.watchNode(id, write);
  }, [id, type]);
  return (
    <div ref={line}>
      <div className="node-line">
        <span className="ellipsis" />
      </div>
      <div className="node-line">
        <span className="state" />
        <span />
        <span className="node-errors" />
      </div>
    </div>
  );
}

export const FlowNode = memo(
  FlowNodeBody,
  (a, b) => a.data === b.data && a.height === b.height && a.isConnectable === b.isConnectable,
);
