// The flow as nodes and wires: looking around, selecting, moving, wiring. Gestures become operations in edit/editor.ts.
import "@xyflow/react/dist/style.css";
import { type Connection, ControlButton, Controls, ReactFlow, ReactFlowProvider, useReactFlow } from "@xyflow/react";
import {
  type ClipboardEvent,
  type DragEvent,
  type MouseEvent,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { copyInto, cutInto, paste } from "../edit/clipboard";
import { current, editor, nodeById, useEditor } from "../edit/editor";
import { addNode, connect, moveNodes, spliceLoose } from "../edit/gestures";
import { show } from "../edit/overlays";
import { selectNodes, selectWire, toggleInside } from "../edit/selection";
import { t } from "../i18n";
import { NODE_HEIGHT, NODE_WIDTH } from "../logic/layout";
import { Icon } from "../parts/Icon";
import { watchStatus } from "../state/feeds";
import { useMay } from "../state/session";
import { Areas } from "./Areas";
import { apart } from "./areas";
import { Dots } from "./Dots";
import { DRAG_KIND } from "./dragKind";
import { type CanvasNode, canvasEdges } from "./elements";
import { FlowEdge } from "./FlowEdge";
import { FlowNode } from "./FlowNode";
import { setFar } from "./far";
import { canvasKeys } from "./keys";
import { ariaLabels } from "./labels";
import { Menu } from "./Menu";
import { Minimap } from "./Minimap";
import { type Entry, entriesFor } from "./menu";
import { movedWith, useCanvasNodes, useChanges } from "./nodes";
import { Overview } from "./Overview";
import { type Scene, sceneOf } from "./scene";
import { useOverviewGestures } from "./selecting";
import { middleOf, targetOf, wireUnder } from "./under";
import { MANY, useFar, useFit, useFitOnce, useNarrow, useNear, useSeesAll, useShowSelected, useSmall } from "./view";

/** More moving wires than these tell nothing more, and each costs. */
const MANY_PULSES = 80;
const GRID: [number, number] = [10, 10];
const NODE_KINDS = { flow: FlowNode };
const EDGE_KINDS = { wire: FlowEdge };

export default function Canvas({ flow, editable }: { flow: string; editable: boolean }) {
  useEffect(() => watchStatus(flow), [flow]);
  return (
    <ReactFlowProvider key={flow}>
      <Surface editable={editable} />
    </ReactFlowProvider>
  );
}

function Surface({ editable }: { editable: boolean }) {
  const { graph, frames, nodes, setNodes } = useCanvasNodes(editable);
  const wire = useEditor((state) => state.wire);
  const mayTap = useMay("operator");
  const far = useFar();
  const small = useSmall();
  const view = useReactFlow();
  const root = useRef<HTMLDivElement>(null);
  const edges = useMemo(
    () =>
      graph
        ? [graph, ...[...frames.values()].map((frame) => frame.inner)].flatMap((each) =>
            canvasEdges(each, wire, (from, to) => t("wire.label", { from, to })),
          )
        : [],
    [graph, frames, wire],
  );
  const scene = useMemo(() => sceneOf(nodes, edges), [nodes, edges]);
  const opened = useFitOnce(
    scene,
    useEditor((state) => state.document?.id ?? ""),
  );
  const whole = far && nodes.length > MANY;
  const near = useNear(nodes, edges, scene, far, opened);
  const changed = useChanges(setNodes);
  const gestures = useOverviewGestures(scene, whole);
  useEffect(() => setFar(far), [far]);
  useShowSelected(root);

  const drop = (event: DragEvent) => {
    const type = event.dataTransfer.getData(DRAG_KIND);
    if (!type) return;
    event.preventDefault();
    const into = wireUnder(event.clientX, event.clientY);
    addNode(type, placeAt(event), into === null ? null : { into });
  };
  const placeAt = (event: { clientX: number; clientY: number }) => {
    const { x, y } = view.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    return { x: Math.round(x - NODE_WIDTH / 2), y: Math.round(y - NODE_HEIGHT / 2) };
  };
  const [menu, setMenu] = useState<{ x: number; y: number; entries: readonly Entry[] } | null>(null);
  const closeMenu = useCallback(() => setMenu(null), []);
  const openMenu = (event: MouseEvent) => {
    if (event.target instanceof Element && event.target.closest(".menu, .minimap, .react-flow__controls")) return;
    event.preventDefault();
    const target = targetOf(event.target, placeAt(event));
    const [x, y] = event.clientX || event.clientY ? [event.clientX, event.clientY] : middleOf(event.target);
    const entries = entriesFor(target);
    setMenu(entries.length ? { x, y, entries } : null);
  };
  const onEmpty = (target: EventTarget | null) =>
    editable && target instanceof Element && target.classList.contains("react-flow__pane");
  const inCanvas = (event: ClipboardEvent) =>
    !(event.target instanceof HTMLElement && event.target.closest("input,textarea,select"));

  return (
    <div
      ref={root}
      className={`canvas${far ? " far" : small ? " small" : ""}${edges.length > MANY_PULSES ? " calm" : ""}`}
      data-panel="canvas"
      tabIndex={-1}
      role="application"
      aria-label={t("canvas.label")}
      onKeyDown={(event) => canvasKeys(event, editable, mayTap)}
      onDoubleClick={(event) => {
        gestures.doubleClick(event);
        if (whole || !onEmpty(event.target)) return;
        editor.set({ addAt: placeAt(event) });
        show("add");
      }}
      onContextMenu={openMenu}
      onDragOver={(event) => editable && event.preventDefault()}
      onDrop={drop}
      onCopy={(event) => inCanvas(event) && copyInto(event)}
      onCut={(event) => {
        if (!editable || !inCanvas(event)) return;
        root.current?.focus({ preventScroll: true });
        cutInto(event);
      }}
      onPaste={(event) => {
        if (editable && inCanvas(event)) void paste(event.clipboardData.getData("text/plain"));
      }}
    >
      <ReactFlow
        nodes={near.nodes}
        edges={near.edges}
        nodeTypes={NODE_KINDS}
        edgeTypes={EDGE_KINDS}
        onNodesChange={changed}
        minZoom={0.05}
        maxZoom={2}
        nodesConnectable={editable}
        nodesDraggable={editable}
        snapToGrid
        snapGrid={GRID}
        deleteKeyCode={null}
        disableKeyboardA11y
        proOptions={{ hideAttribution: true }}
        ariaLabelConfig={ariaLabels()}
        elevateNodesOnSelect={false}
        multiSelectionKeyCode={["Control", "Meta"]}
        connectionRadius={28}
        zoomOnDoubleClick={false}
        onConnect={(connection: Connection) =>
          connect(connection.source, connection.sourceHandle ?? "out", connection.target)
        }
        isValidConnection={({ source, target }) => source !== target && nodeById(graph, target)?.input === true}
        onConnectEnd={(event, { fromNode, fromHandle, isValid }) => {
          if (isValid || fromHandle?.type !== "source" || !fromNode || !onEmpty(event.target)) return;
          const at = "clientX" in event ? event : event.changedTouches[0]!;
          editor.set({ addAt: placeAt(at), addFrom: { from: fromNode.id, port: fromHandle.id ?? "out" } });
          show("add");
        }}
        onNodeDragStop={(event, node, dragged) => {
          const wire = "clientX" in event && dragged.length === 1 ? wireUnder(event.clientX, event.clientY) : null;
          const moved = movedWith(node, dragged);
          moveNodes(wire ? moved : apart(current().places, moved));
          if (wire) spliceLoose(node.id, wire);
        }}
        onSelectionEnd={gestures.rectangle}
        onNodeClick={(event, { id }) => {
          // one of several that are selected: the library keeps them all
          if (!(event.ctrlKey || event.metaKey || event.shiftKey) && editor.get().nodes.size > 1) selectNodes([id]);
        }}
        onEdgeClick={(_event, edge) => selectWire(edge.id)}
        onPaneClick={(event) => {
          gestures.click(event);
          root.current?.focus({ preventScroll: true });
        }}
        onNodeDoubleClick={(_event, node) => openNode(node as CanvasNode)}
      >
        {!far && <Dots />}
        <Areas nodes={near.nodes} notes={!far && !small} />
        <Tools scene={scene} map={!whole} />
        {far && <Overview scene={scene} />}
      </ReactFlow>
      {menu && <Menu {...menu} onClose={closeMenu} />}
      {editable && graph && graph.nodes.length === 0 && (
        <div className="canvas-note">
          <button type="button" className="button plain" autoFocus onClick={() => show("add")}>
            {t("canvas.empty")}
          </button>
        </div>
      )}
    </div>
  );
}

function Tools({ scene, map }: { scene: Scene; map: boolean }) {
  const fit = useFit(scene);
  const all = useSeesAll(scene);
  const narrow = useNarrow();
  return (
    <>
      <Controls showInteractive={false} showFitView={false} position="bottom-left">
        <ControlButton className="fit" onClick={fit} title={t("canvas.fit")} aria-label={t("canvas.fit")}>
          <Icon name="fit" size={14} />
        </ControlButton>
      </Controls>
      {map && !all && !narrow && <Minimap scene={scene} />}
    </>
  );
}

function openNode({ data }: CanvasNode): void {
  if (data.node.subflow) void toggleInside(data.node);
  else editor.set({ right: "properties" });
}
