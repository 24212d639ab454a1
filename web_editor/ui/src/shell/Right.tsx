// What is selected as a form, the text and the help: beside the canvas, or on a phone in a sheet over the list.
import { lazy, Suspense } from "react";
import { editor, type RightTab, useDocument, useEditor } from "../edit/editor";
import { t } from "../i18n";
import { Tabs } from "../parts/Tabs";
import { Docs } from "../properties/Docs";
import { Properties } from "../properties/Properties";

const YamlPane = lazy(() => import("../yaml/YamlPane"));
const BesidePage = lazy(() => import("../screens/BesidePage"));

export function Right() {
  const asked = useEditor((state) => state.right);
  const free = useEditor(({ nodes, wire, connection }) => nodes.size === 0 && wire === null && connection === null);
  const hasPage = useDocument((state) => (state.flow?.running ?? false) && (state.graph?.pages.length ?? 0) > 0);
  const wanted = asked ?? (free ? "page" : "properties");
  const tab = wanted === "page" && !hasPage ? "properties" : wanted;
  const tabs: { key: RightTab; label: string }[] = [
    { key: "properties", label: t("properties") },
    { key: "yaml", label: "YAML" },
    { key: "docs", label: t("docs") },
    ...(hasPage ? [{ key: "page" as const, label: t("page") }] : []),
  ];
  return (
    <Tabs tabs={tabs} chosen={tab} onChoose={(right: RightTab) => editor.set({ right })} label={t("right")}>
      {tab === "properties" && <Properties />}
      {tab === "yaml" && (
        <Suspense fallback={<p className="empty">{t("loading")}</p>}>
          <YamlPane />
        </Suspense>
      )}
      {tab === "docs" && <Docs />}
      {tab === "page" && (
        <Suspense fallback={<p className="empty">{t("loading")}</p>}>
          <BesidePage />
        </Suspense>
      )}
    </Tabs>
  );
}
