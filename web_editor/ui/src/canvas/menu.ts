// What a right click, the menu key or Shift+F10 offers at a node, a wire or the empty canvas.
import { current, editor, mayEdit, nodeById } from "../edit/editor";
import { deleteSelected, layOutAgain, setValue } from "../edit/gestures";
import { show } from "../edit/overlays";
import { selectAll, selectNodes, selectReach, selectWire } from "../edit/selection";
import { selectedInstance, writeOut } from "../edit/subflows";
import { t } from "../i18n";
import type { Place } from "../logic/layout";
import { showTap } from "../panels/showTap";
import { status } from "../state/feeds";
import { may } from "../state/session";

export type Target = { node: string } | { wire: string } | { place: Place };
export type Entry = { name: string; key?: string; run: () => void };

export function entriesFor(target: Target): Entry[] {
  if ("node" in target) return ofNode(target.node);
  return "wire" in target ? ofWire(target.wire) : ofCanvas(target.place);
}

function ofNode(id: string): Entry[] {
  if (!editor.get().nodes.has(id)) selectNodes([id]);
  const several = editor.get().nodes.size > 1;
  const { flow, graph } = current();
  const node = nodeById(graph, id);
  const disabled = node?.config["disabled"] === true;
  const ways: Entry[] = [
    { name: t("selectUp"), key: "Alt+U", run: () => selectReach("up") },
    { name: t("selectDown"), key: "Alt+D", run: () => selectReach("down") },
  ];
  const taps: Entry[] =
    flow && status.runs(id) && may("operator") && !several
      ? [{ name: t("tap.start"), run: () => showTap({ flow: flow.id, node: id }) }]
      : [];
  if (!mayEdit()) return [...taps, ...ways];
  const own: Entry[] = several
    ? []
    : [
        { name: t("properties"), key: "Enter", run: () => editor.set({ right: "properties" }) },
        { name: t("wire.add"), key: "W", run: () => show("wire") },
        { name: t("rename"), key: "F2", run: () => show("rename") },
        {
          name: t(disabled ? "menu.enable" : "menu.disable"),
          run: () => setValue(["nodes", id, "disabled"], disabled ? undefined : true),
        },
        ...(status.runs(id) ? [{ name: t("inject"), run: () => show("inject") }] : []),
      ];
  const subflows: Entry[] = [
    { name: t("subflow.make"), key: "S", run: () => show("subflow") },
    ...(selectedInstance() ? [{ name: t("subflow.writeOut"), key: "Shift+S", run: () => void writeOut() }] : []),
  ];
  return [...own, ...taps, ...ways, ...subflows, { name: t("delete"), key: "Del", run: deleteSelected }];
}

function ofWire(id: string): Entry[] {
  selectWire(id);
  const { flow } = current();
  const taps: Entry[] =
    flow && status.carries(id) && may("operator")
      ? [{ name: t("tap.start"), run: () => showTap({ flow: flow.id, wire: id }) }]
      : [];
  if (!mayEdit()) return taps;
  return [
    {
      name: t("menu.insert"),
      run: () => {
        editor.set({ addAt: null, addFrom: { into: id } });
        show("add");
      },
    },
    ...taps,
    { name: t("delete"), key: "Del", run: deleteSelected },
  ];
}

function ofCanvas(place: Place): Entry[] {
  const all: Entry = { name: t("selectAll"), key: "Ctrl+A", run: selectAll };
  if (!mayEdit()) return [all];
  const add = () => {
    editor.set({ addAt: place, addFrom: null });
    show("add");
  };
  return [
    { name: t("palette.add"), key: "A", run: add },
    all,
    { name: t("undo"), key: "Ctrl+Z", run: () => void editor.get().document?.undo() },
    { name: t("layOutAgain"), run: layOutAgain },
  ];
}
