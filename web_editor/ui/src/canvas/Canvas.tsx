// The flow as nodes and wires: looking around, selecting, moving, wiring. Gestures become operations in edit/editor.ts.
import "@xyflow/react/dist/style.css";
import { Background, type Connection, Controls, MiniMap, type NodeChange, ReactFlow, ReactFlowProvider, type Rect, applyNodeChanges, useReactFlow, useStoreApi } from "@xyflow/react";
import { type ClipboardEvent, type DragEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { copyInto, cutInto, paste } from "../edit/clipboard";
import { addNode, connect, editor, moveNodes, nodeById, selectNodes, selectWire, show, toggleInside, useDocument, useEditor } from "../edit/editor";
import { t } from "../i18n";
import { type Frame, framesOf } from "../logic/inplace";
import { layout, NODE_HEIGHT, NODE_WIDTH } from "../logic/layout";
import { watchStatus } from "../state/feeds";
import { useMay } from "../state/session";
import { type CanvasEdge, type CanvasNode, canvasEdges, canvasNodes, faultsByNode } from "./elements";
import { FlowEdge } from "./FlowEdge";
import { FlowNode } from "./FlowNode";
import { DRAG_KIND } from "./dragKind";
import { canvasKeys } from "./keys";
import { FAR_ZOOM, setFar } from "./far";
import { StateOverlay, useFar } from "./StateOverlay";

const NODE_KINDS = { flow: FlowNode };
const EDGE_KINDS = { wire: FlowEdge };
// From here on the view from afar is an overview itself, and a second one beside it costs a third of every frame.
const MANY = 200;
const READABLE = 0.8;
const NO_EDGES: CanvasEdge[] = [];

export default function Canvas({ flow, editable }: { flow: string; editable: boolean }) {
  useEffect(() => watchStatus(flow), [flow]);
  return (
    <ReactFlowProvider key={flow}>
      <Surface editable={editable} />
    </ReactFlowProvider>
  );
}

function useCanvasNodes(editable: boolean) {
  const graph = useDocument((state) => state.graph);
  const own = useDocument((state) => state.places);
  const opened = useEditor((state) => state.opened);
  const inner = useEditor((state) => state.inner);
  const frames = useMemo(() => (graph ? framesOf(graph, opened, inner) : new Map<string, Frame>()), [graph, opened, inner]);
  const places = useMemo(() => (graph && frames.size ? layout(graph, frames) : own), [graph, frames, own]);
  const diagnostics = useDocument((state) => state.flow?.diagnostics);
  const selected = useEditor((state) => state.nodes);
  const [nodes, setNodes] = useState<CanvasNode[]>([]);
  const faults = useMemo(() => faultsByNode(diagnostics ?? []), [diagnostics]);
  useEffect(() => {
    setNodes((old) => {
      const before = new Map(old.map((node) => [node.id, node]));
      const label = (node: { id: string; title: string | null; type: string }) => t("node.label", { name: node.title ?? node.id, type: node.type });
      return graph ? canvasNodes(graph, places, selected, faults, before, editable, label, frames) : [];
    });
  }, [graph, places, selected, faults, editable, frames]);
  return { graph, frames, places, nodes, setNodes };
}

function Surface({ editable }: { editable: boolean }) {
  const { graph, frames, places, nodes, setNodes } = useCanvasNodes(editable);
  const wire = useEditor((state) => state.wire);
  const mayTap = useMay("operator");
  const far = useFar();
  const crowded = far && nodes.length > MANY;
  const view = useReactFlow();
  const root = useRef<HTMLDivElement>(null);
  const edges = useMemo(() => (graph ? [graph, ...[...frames.values()].map((frame) => frame.inner)].flatMap((each) => canvasEdges(each, wire, (from, to) => t("wire.label", { from, to }))) : []), [graph, frames, wire]);
  useEffect(() => setFar(far), [far]);
  useShowSelected(root);
  useFitOnce(nodes.length > 0, nodes.length);

  const changed = useCallback((changes: NodeChange<CanvasNode>[]) => {
    const moves = changes.filter((change) => change.type !== "select" && change.type !== "remove");
    if (moves.length) setNodes((old) => applyNodeChanges(moves, old));
    const chosen = changes.filter((change) => change.type === "select");
    if (chosen.length === 0) return;
    const next = new Set(editor.get().nodes);
    for (const { id, selected } of chosen) next[selected ? "add" : "delete"](id);
    if (next.size || editor.get().wire === null) selectNodes(next);
  }, [setNodes]);

  const drop = (event: DragEvent) => {
    const type = event.dataTransfer.getData(DRAG_KIND);
    if (!type) return;
    event.preventDefault();
    const { x, y } = view.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    addNode(type, { x: x - NODE_WIDTH / 2, y: y - NODE_HEIGHT / 2 }, false);
  };
  const inCanvas = (event: ClipboardEvent) => !(event.target instanceof HTMLElement && event.target.closest("input,textarea,select"));

  return (
    <div
      ref={root} className={far ? "canvas far" : "canvas"} data-panel="canvas" tabIndex={-1} role="application" aria-label={t("canvas.label")}
      onKeyDown={(event) => canvasKeys(event, editable, mayTap)}
      onDragOver={(event) => editable && event.preventDefault()} onDrop={drop}
      onCopy={(event) => inCanvas(event) && copyInto(event)} onCut={(event) => {
        if (!editable || !inCanvas(event)) return;
        root.current?.focus({ preventScroll: true });
        cutInto(event);
      }}
      onPaste={(event) => {
        if (editable && inCanvas(event)) void paste(event.clipboardData.getData("text/plain"));
      }}
    >
      <ReactFlow
        nodes={nodes} edges={far ? NO_EDGES : edges} nodeTypes={NODE_KINDS} edgeTypes={EDGE_KINDS} onNodesChange={changed} onlyRenderVisibleElements={!far}
        fitViewOptions={{ padding: 0.08, maxZoom: 1 }} minZoom={0.05} maxZoom={2} nodesConnectable={editable} nodesDraggable={editable}
        deleteKeyCode={null} disableKeyboardA11y proOptions={{ hideAttribution: true }} ariaLabelConfig={ariaLabels()} elevateNodesOnSelect={false}
        multiSelectionKeyCode={["Control", "Meta"]} connectionRadius={28} zoomOnDoubleClick={false}
        onConnect={(connection: Connection) => connect(connection.source, connection.sourceHandle ?? "out", connection.target)}
        isValidConnection={({ source, target }) => source !== target && nodeById(graph, target)?.input === true}
        onNodeDragStop={(_event, _node, dragged) => moveNodes(new Map(dragged.map((node) => [node.id, node.position])))}
        onNodeClick={(event, { id }) => {
          // one of several that are selected: the library keeps them all
          if (!(event.ctrlKey || event.metaKey || event.shiftKey) && editor.get().nodes.size > 1) selectNodes([id]);
        }}
        onEdgeClick={(_event, edge) => selectWire(edge.id)} onPaneClick={() => { selectNodes([]); root.current?.focus({ preventScroll: true }); }}
        onNodeDoubleClick={(_event, node) => openNode(node as CanvasNode)}
      >
        {!far && <Background gap={20} />}
        <Controls showInteractive={false} position="bottom-left" />
        {!crowded && <MiniMap pannable zoomable position="bottom-right" style={{ width: 150, height: 100 }} nodeColor="var(--border)" className="wide-only" />}
        {graph && <StateOverlay graph={graph} places={places} />}
      </ReactFlow>
      {editable && graph && graph.nodes.length === 0 && (
        <div className="canvas-note">
          <button type="button" className="button plain" onClick={() => show("add")}>{t("canvas.empty")}</button>
        </div>
      )}
    </div>
  );
}

/** Shows the flow when it is opened, a small one never too small to read; after that the view belongs to the reader. */
function useFitOnce(ready: boolean, count: number): void {
  const view = useReactFlow();
  const store = useStoreApi();
  useEffect(() => {
    if (!ready || editor.get().reveal) return;
    const { width, height } = store.getState();
    const bounds = view.getNodesBounds(view.getNodes());
    const whole = Math.min((width * 0.92) / bounds.width, (height * 0.88) / bounds.height, 1);
    if (whole >= READABLE || count > MANY) void view.fitView({ padding: 0.04, maxZoom: 1 });
    else void view.setViewport({ ...cornerOf(bounds, width, height), zoom: READABLE });
  }, [ready, view, store]);
}

/** Where a flow that does not fit begins: at its sources on the left, and on top when it is too high as well. */
function cornerOf(bounds: Rect, width: number, height: number): { x: number; y: number } {
  const middle = (size: number, space: number) => Math.max(24, (space - size * READABLE) / 2);
  return { x: middle(bounds.width, width) - bounds.x * READABLE, y: middle(bounds.height, height) - bounds.y * READABLE };
}

function openNode({ data }: CanvasNode): void {
  if (data.node.subflow) void toggleInside(data.node);
  else editor.set({ right: "properties" });
}

/** Brings a node into view and focus when it was chosen elsewhere (outline, search, problems). */
function useShowSelected(root: { current: HTMLDivElement | null }): void {
  const view = useReactFlow();
  const asked = useEditor((state) => state.reveal);
  useEffect(() => {
    const place = asked && editor.get().document?.store.get().places.get(asked.node);
    if (!place) return;
    if (!inView(root.current!, view.flowToScreenPosition(place), view.getZoom()))
      void view.setCenter(place.x + NODE_WIDTH / 2, place.y + NODE_HEIGHT / 2, { zoom: Math.max(0.8, view.getZoom()), duration: 0 });
    if (!asked.focus) return;
    const frame = requestAnimationFrame(() => requestAnimationFrame(() => {
      root.current?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(asked.node)}"]`)?.focus({ preventScroll: true });
    }));
    return () => cancelAnimationFrame(frame);
  }, [asked, view, root]);
}

function inView(element: HTMLElement, corner: { x: number; y: number }, zoom: number): boolean {
  const { left, top, right, bottom } = element.getBoundingClientRect();
  return zoom >= FAR_ZOOM && corner.x >= left && corner.y >= top && corner.x + NODE_WIDTH * zoom <= right && corner.y + NODE_HEIGHT * zoom <= bottom;
}

function ariaLabels() {
  return {
    "controls.ariaLabel": t("canvas.controls"),
    "controls.zoomIn.ariaLabel": t("canvas.zoomIn"),
    "controls.zoomOut.ariaLabel": t("canvas.zoomOut"),
    "controls.fitView.ariaLabel": t("canvas.fit"),
    "minimap.ariaLabel": t("canvas.minimap"),
    "handle.ariaLabel": t("canvas.port"),
  };
}
