// The pickers of the editor: add a node, wire a node, run a command.
import { useEffect, useState } from "react";
import type { GraphNode, NodeKind } from "../api/types";
import { textOfType } from "../canvas/Palette";
import { editor, nodeById, useDocument, useEditor } from "../edit/editor";
import { addNode, connect } from "../edit/gestures";
import { show } from "../edit/overlays";
import { reveal, selectedNode } from "../edit/selection";
import { t } from "../i18n";
import { portsOf } from "../logic/layout";
import { Dialog } from "../parts/Dialog";
import { Hits } from "../parts/Hits";
import { inline } from "../parts/Markdown";
import { Picker } from "../parts/Picker";
import { TypeIcon } from "../parts/TypeIcon";
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
        draw={(type, typed) => (
          <>
            <TypeIcon type={type.type} category={type.category} />
            <span className="grow ellipsis">
              <strong>
                <Hits text={type.title} typed={typed} />
              </strong>{" "}
              <span className="muted">{inline(type.summary)}</span>
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
        <Picker
          items={targets}
          textOf={(node) => `${node.id} ${node.title ?? ""} ${node.type} ${JSON.stringify(node.config)}`}
          keyOf={(node) => node.id}
          label={t("wire.target")}
          onPick={pick}
          draw={(node, typed) => (
            <>
              <span className="grow ellipsis">
                <strong>
                  <Hits text={node.title ?? node.id} typed={typed} />
                </strong>{" "}
                {node.title && (
                  <span className="muted">
                    <Hits text={node.id} typed={typed} />
                  </span>
                )}
              </span>
              <span className="muted small">
                <Hits text={node.type} typed={typed} />
              </span>
            </>
          )}
        />
      )}
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
        draw={(command, typed) => (
          <>
            <span className="grow ellipsis">
              <Hits text={command.name} typed={typed} />
            </span>
            {command.key && <kbd className="kbd">{command.key}</kbd>}
          </>
        )}
      />
    </Dialog>
  );
}
