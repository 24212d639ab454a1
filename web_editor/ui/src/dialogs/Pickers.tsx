// The pickers of the editor: add a node, wire a node, find a node, run a command.
import { useEffect, useState } from "react";
import type { GraphNode, NodeKind } from "../api/types";
import { textOfType } from "../canvas/Palette";
import { current, editor, nodeById, useDocument, useEditor } from "../edit/editor";
import { addNode, connect } from "../edit/gestures";
import { show } from "../edit/overlays";
import { reveal, selectedNode, showNode } from "../edit/selection";
import { t } from "../i18n";
import { portsOf } from "../logic/layout";
import { Dialog } from "../parts/Dialog";
import { inline } from "../parts/Markdown";
import { Picker } from "../parts/Picker";
import { TypeIcon } from "../parts/TypeIcon";
import { flowList } from "../state/feeds";
import { go } from "../state/route";
import { useStore } from "../state/store";
import { type Command, useCommands } from "./commands";

const close = () => show(null);

export function AddDialog() {
  const palette = useEditor((state) => state.palette);
  const at = useEditor((state) => state.addAt);
  const from = useEditor((state) => state.addFrom);
  useEffect(() => () => editor.set({ addAt: null, addFrom: null }), []);
  const pick = (type: NodeKind) => {
    close();
    // at a place on the canvas it stands by itself, unless a wire was pulled there
    if (at || from) addNode(type.type, at, from);
    else addNode(type.type, null);
    const added = selectedNode();
    if (added) setTimeout(() => reveal(added, true)); // after the dialog has handed the focus back
  };
  return (
    <Dialog title={t("palette.add")} onClose={close} className="top">
      <Picker
        busy={palette === null}
        items={(palette?.nodes ?? []).filter(({ input }) => input || from === null)}
        textOf={textOfType}
        keyOf={(type) => type.type}
        label={t("palette.search")}
        onPick={pick}
        draw={(type) => (
          <>
            <TypeIcon type={type.type} category={type.category} />
            <span className="grow ellipsis">
              <strong>{type.title}</strong> <span className="muted">{inline(type.summary)}</span>
            </span>
            <span className="muted small">{t(`category.${type.category}`)}</span>
          </>
        )}
      />
    </Dialog>
  );
}

export function WireDialog() {
  const graph = useDocument((state) => state.graph);
  const source = nodeById(graph, selectedNode());
  const ports = source ? portsOf(source) : [];
  const [port, setPort] = useState(ports[0] ?? "out");
  const targets = (graph?.nodes ?? []).filter(
    (node) =>
      node.input &&
      node.id !== source?.id &&
      !graph!.wires.some((wire) => wire.from === source?.id && wire.port === port && wire.to === node.id),
  );
  const pick = (target: GraphNode) => {
    close();
    if (source) connect(source.id, port, target.id);
  };
  return (
    <Dialog title={t("wire.from", { node: source?.title ?? source?.id ?? "" })} onClose={close} className="top">
      {ports.length > 1 && (
        <div className="row wrap" role="group" aria-label={t("port")}>
          {ports.map((item) => (
            <button
              key={item}
              type="button"
              className="button"
              aria-pressed={item === port}
              onClick={() => setPort(item)}
            >
              {item}
            </button>
          ))}
        </div>
      )}
      {ports.length === 0 ? (
        <p className="muted">{t("wire.noPorts")}</p>
      ) : (
        <NodePicker nodes={targets} label={t("wire.target")} onPick={pick} />
      )}
    </Dialog>
  );
}

function NodePicker({
  nodes,
  label,
  onPick,
}: {
  nodes: readonly GraphNode[];
  label: string;
  onPick: (node: GraphNode) => void;
}) {
  return (
    <Picker
      items={nodes}
      textOf={(node) => `${node.id} ${node.title ?? ""} ${node.type} ${JSON.stringify(node.config)}`}
      keyOf={(node) => node.id}
      label={label}
      onPick={onPick}
      draw={(node) => (
        <>
          <span className="grow ellipsis">
            <strong>{node.title ?? node.id}</strong> {node.title && <span className="muted">{node.id}</span>}
          </span>
          <span className="muted small">{node.type}</span>
        </>
      )}
    />
  );
}

export function SearchDialog() {
  const graph = useDocument((state) => state.graph);
  const flows = useStore(flowList, (state) => state.flows);
  if (!graph) {
    return (
      <Dialog title={t("search")} onClose={close} className="top">
        <Picker
          items={flows}
          textOf={(flow) => `${flow.id} ${flow.title}`}
          keyOf={(flow) => flow.id}
          label={t("search.flows")}
          onPick={(flow) => {
            close();
            go({ screen: "flow", flow: flow.id });
          }}
          draw={(flow) => <span>{flow.title || flow.id}</span>}
        />
      </Dialog>
    );
  }
  const pick = (node: GraphNode) => {
    close();
    // after the dialog has handed the focus back
    setTimeout(() => showNode(node.id));
  };
  return (
    <Dialog title={t("search")} onClose={close} className="top">
      <NodePicker nodes={current().graph?.nodes ?? graph.nodes} label={t("search.nodes")} onPick={pick} />
    </Dialog>
  );
}

export function CommandDialog() {
  const commands = useCommands();
  const pick = (command: Command) => {
    close();
    setTimeout(command.run);
  };
  return (
    <Dialog title={t("commands")} onClose={close} className="top">
      <Picker
        items={commands}
        textOf={(command) => command.name}
        keyOf={(command) => command.name}
        label={t("commands.type")}
        onPick={pick}
        draw={(command) => (
          <>
            <span className="grow ellipsis">{command.name}</span>
            {command.key && <kbd className="kbd">{command.key}</kbd>}
          </>
        )}
      />
    </Dialog>
  );
}
