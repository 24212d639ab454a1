// Every command by its name, for the command palette and the help page.

import type { Role } from "../api/types";
import { editor, useDocument, useEditor } from "../edit/editor";
import { deleteSelected, layOutAgain } from "../edit/gestures";
import { show } from "../edit/overlays";
import { selectAll, selectedNode, selectReach } from "../edit/selection";
import { selectedInstance, writeOut } from "../edit/subflows";
import { currentLanguage, t } from "../i18n";
import { startTour } from "../shell/tourStore";
import { flowList } from "../state/feeds";
import { tellError } from "../state/notices";
import { applyTheme, prefer } from "../state/preferences";
import { go, type PlainScreen } from "../state/route";
import { logOut, may, useMay } from "../state/session";
import { useStore } from "../state/store";

export type Command = { name: string; key?: string; run: () => void };

/** Every screen in the order of the menu, and who may open it. */
export const SCREENS: readonly (readonly [PlainScreen, Role])[] = [
  ["pages", "viewer"],
  ["alarms", "viewer"],
  ["values", "viewer"],
  ["trends", "viewer"],
  ["flows", "viewer"],
  ["messages", "operator"],
  ["problems", "viewer"],
  ["engine", "viewer"],
  ["dead-letters", "operator"],
  ["log", "viewer"],
  ["secrets", "integrator"],
  ["access", "admin"],
  ["audit", "admin"],
];
export const screenName = (screen: PlainScreen) =>
  screen === "dead-letters"
    ? t("deadLetters")
    : screen === "setup" || screen === "home" || screen === "start"
      ? ""
      : t(screen);

export function useCommands(): Command[] {
  const editable = useMay("integrator");
  const flows = useStore(flowList, (state) => state.flows);
  const graph = useDocument((state) => state.graph);
  const document = useEditor((state) => state.document);
  const edits: Command[] =
    graph && editable
      ? [
          { name: t("palette.add"), key: "A", run: () => show("add") },
          { name: t("undo"), key: "Ctrl+Z", run: () => void document?.undo() },
          { name: t("redo"), key: "Ctrl+Y", run: () => void document?.redo() },
          { name: t("deploy"), key: "Ctrl+D", run: () => show("deploy") },
          { name: t("layOutAgain"), run: layOutAgain },
          ...(editor.get().nodes.size > 0 ? [{ name: t("subflow.make"), key: "S", run: () => show("subflow") }] : []),
          ...(selectedInstance() ? [{ name: t("subflow.writeOut"), key: "Shift+S", run: () => void writeOut() }] : []),
          ...(selectedNode()
            ? [
                { name: t("wire.add"), key: "W", run: () => show("wire") },
                { name: t("rename"), key: "F2", run: () => show("rename") },
                { name: t("inject"), run: () => show("inject") },
                { name: t("delete"), key: "Del", run: deleteSelected },
              ]
            : []),
        ]
      : [];
  const views: Command[] = graph
    ? [
        { name: t("search"), key: "Ctrl+F", run: () => show("search") },
        { name: t("selectAll"), key: "Ctrl+A", run: selectAll },
        { name: t("selectUp"), key: "Alt+U", run: () => selectReach("up") },
        { name: t("selectDown"), key: "Alt+D", run: () => selectReach("down") },
        { name: t("revisions"), run: () => show("revisions") },
        { name: t("properties"), key: "Enter", run: () => editor.set({ right: "properties" }) },
        { name: "YAML", run: () => editor.set({ right: "yaml" }) },
        { name: t("docs"), run: () => editor.set({ right: "docs" }) },
      ]
    : [];
  return [
    ...edits,
    ...views,
    ...(editable
      ? [
          { name: t("start.title"), run: () => go({ screen: "start" }) },
          { name: t("flow.new"), run: () => show("newFlow") },
          { name: t("flow.import"), run: () => show("import") },
        ]
      : []),
    ...flows.map((flow) => ({
      name: t("commands.open", { name: flow.title || flow.id }),
      run: () => go({ screen: "flow", flow: flow.id }),
    })),
    ...SCREENS.filter(([, least]) => may(least)).map(([screen]) => ({
      name: t("commands.show", { name: screenName(screen) }),
      run: () => go({ screen } as { screen: PlainScreen }),
    })),
    { name: t("theme.light"), run: () => theme("light") },
    { name: t("theme.dark"), run: () => theme("dark") },
    { name: t("theme.system"), run: () => theme(null) },
    {
      name: currentLanguage() === "fr" ? "English" : "Français",
      run: () => speak(currentLanguage() === "fr" ? "en" : "fr"),
    },
    ...(graph && editable ? [{ name: t("tour.start"), run: startTour }] : []),
    { name: t("help"), key: "?", run: () => show("help") },
    { name: t("logOut"), run: () => void logOut().catch(tellError) },
  ];
}

export function theme(chosen: "light" | "dark" | null): void {
  prefer({ theme: chosen });
  applyTheme();
}

export function speak(language: "en" | "fr"): void {
  prefer({ language });
  location.reload();
}
