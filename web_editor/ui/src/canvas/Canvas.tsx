// The flow as nodes and wires: looking around, selecting, moving, wiring. Gestures become operations in edit/editor.ts.
import "@xyflow/react/dist/style.css";
import {
  applyNodeChanges,
  type Connection,
  ControlButton,
  Controls,
  type Node,
  type NodeChange,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStoreApi,
} from "@xyflow/react";
import {
  type ClipboardEvent,
  type Dispatch,
  type DragEvent,
  type MouseEvent,
  type SetStateAction,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { copyInto, cutInto, paste } from "../edit/clipboard";
import { current, editor, nodeById, useDocument, useEditor } from "../edit/editor";
import { addNode, connect, moveNodes, spliceLoose } from "../edit/gestures";
import { show } from "../edit/overlays";
import { selectNodes, selectWire, toggleInside } from "../edit/selection";
import { t } from "../i18n";
import { type Frame, framesOf } from "../logic/inplace";
import { layout, NODE_HEIGHT, NODE_WIDTH, type Place } from "../logic/layout";
import { Icon } from "../parts/Icon";
import { watchStatus } from "../state/feeds";
import { useMay } from "../state/session";
import { Areas } from "./Areas";
import { apart } from "./areas";
import { Dots } from "./Dots";
import { DRAG_KIND } from "./dragKind";
import { type CanvasNode, canvasEdges, canvasNodes, faultsByNode } from "./elements";
import { FlowEdge } from "./FlowEdge";
import { FlowNode } from "./FlowNode";
import { setFar } from "./far";
import { canvasKeys } from "./keys";
import { Menu } from "./Menu";
import { Minimap } from "./Minimap";
import { type Entry, entriesFor, type Target } from "./menu";
import { Overview } from "./Overview";
import { type Scene, sceneOf } from "./scene";
import { useOverviewGestures } from "./selecting";
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

function useCanvasNodes(editable: boolean) {
  const graph = useDocument((state) => state.graph);
  const own = useDocument((state) => state.places);
  const opened = useEditor((state) => state.opened);
  const inner = useEditor((state) => state.inner);
  const frames = useMemo(
    () => (graph ? framesOf(graph, opened, inner) : new Map<string, Frame>()),
    [graph, opened, inner],
  );
  const places = useMemo(() => (graph && frames.size ? layout(graph, frames) : own), [graph, frames, own]);
  const diagnostics = useDocument((state) => state.flow?.diagnostics);
  const selected = useEditor((state) => state.nodes);
  const [nodes, setNodes] = useState<CanvasNode[]>([]);
  const faults = useMemo(() => faultsByNode(diagnostics ?? []), [diagnostics]);
  useEffect(() => {
    setNodes((old) => {
      const before = new Map(old.map((node) => [node.id, node]));
      const label = (node: { id: string; title: string | null; type: string }) =>
        t("node.label", { name: node.title ?? node.id, type: node.type });
      return graph ? canvasNodes(graph, places, selected, faults, before, editable, label, frames) : [];
    });
  }, [graph, places, selected, faults, editable, frames]);
  return { graph, frames, nodes, setNodes };
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

/** What a menu is asked for: the node or wire below the pointer or with the focus, else the place. */
function targetOf(target: EventTarget, place: Place): Target {
  const element = target instanceof Element ? target : null;
  const node = element?.closest<HTMLElement>(".react-flow__node")?.dataset["id"];
  if (node && nodeById(current().graph, node)) return { node };
  const wire = element?.closest<SVGElement>(".react-flow__edge")?.dataset["id"];
  return wire ? { wire } : { place };
}

function middleOf(target: EventTarget): [number, number] {
  const { x, y, width, height } = (target as Element).getBoundingClientRect();
  return [x + width / 2, y + height / 2];
}

/** The wire at a point of the screen, also below a node that is held over it. */
function wireUnder(x: number, y: number): string | null {
  for (const element of document.elementsFromPoint(x, y)) {
    const wire = element.closest<SVGElement>(".react-flow__edge")?.dataset["id"];
    if (wire) return wire;
  }
  return null;
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

/** What the library says of its nodes: places go into the nodes, selections into the editor. */
function useChanges(setNodes: Dispatch<SetStateAction<CanvasNode[]>>) {
  const store = useStoreApi<CanvasNode>();
  return useCallback(
    (changes: NodeChange<CanvasNode>[]) => {
      const moves = changes.filter((change) => change.type !== "select" && change.type !== "remove");
      if (moves.length) setNodes((old) => applyNodeChanges(moves, old));
      const chosen = changes.filter((change) => change.type === "select");
      if (chosen.length === 0) return;
      // The library knows only what is near: a new selection ends that of nodes elsewhere too.
      const { multiSelectionActive, nodeLookup } = store.getState();
      const fresh = !multiSelectionActive && chosen.some(({ selected }) => selected);
      const next = new Set([...editor.get().nodes].filter((id) => !fresh || nodeLookup.has(id)));
      for (const { id, selected } of chosen) next[selected ? "add" : "delete"](id);
      if (next.size || editor.get().wire === null) selectNodes(next);
    },
    [setNodes, store],
  );
}

/** Where nodes have been dragged to; those selected elsewhere go along. */
function movedWith(node: Node, dragged: readonly Node[]): Map<string, Place> {
  const { places } = current();
  const start = places.get(node.id) ?? node.position;
  const [dx, dy] = [node.position.x - start.x, node.position.y - start.y];
  const others =
    dragged.length > 1
      ? [...editor.get().nodes].flatMap((id) => (places.has(id) ? [[id, places.get(id)!] as const] : []))
      : [];
  return new Map([
    ...others.map(([id, { x, y }]) => [id, { x: x + dx, y: y + dy }] as const),
    ...dragged.map((each) => [each.id, each.position] as const),
  ]);
}

function openNode({ data }: CanvasNode): void {
  if (data.node.subflow) void toggleInside(data.node);
  else editor.set({ right: "properties" });
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
