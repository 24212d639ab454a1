// Each module has a unit test that imports it, or the browser test that tries it is named: no module is tried by nothing.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, normalize } from "node:path";
import { describe, expect, it } from "vitest";

const OF_PYTHON = "../../tests";
// Views, and what works with the page alone: tried as people use them, in Chromium.
const TRIED_BY: Record<string, readonly string[]> = {
  "browser/test_view.py": [
    "canvas/Areas.tsx",
    "canvas/Canvas.tsx",
    "canvas/Dots.tsx",
    "canvas/FlowEdge.tsx",
    "canvas/FlowNode.tsx",
    "canvas/Minimap.tsx",
    "canvas/far.ts",
    "canvas/under.ts",
    "dialogs/SearchDialog.tsx",
    "panels/Log.tsx",
    "panels/Problems.tsx",
    "parts/FlowPicture.tsx",
    "parts/Hits.tsx",
    "parts/Icon.tsx",
    "parts/LiveMark.tsx",
    "parts/Splitter.tsx",
    "parts/TypeIcon.tsx",
    "properties/Docs.tsx",
    "parts/Section.tsx",
    "screens/EngineScreen.tsx",
    "screens/FlowsScreen.tsx",
    "shell/App.tsx",
    "shell/BottomPanel.tsx",
    "shell/Editor.tsx",
    "shell/Frame.tsx",
    "shell/ListFlow.tsx",
    "shell/Overlays.tsx",
    "shell/TopBar.tsx",
    "main.tsx",
  ],
  "browser/test_phone.py": ["shell/DeployButton.tsx", "shell/PhoneEditing.tsx", "shell/Right.tsx"],
  "browser/test_large.py": ["canvas/Overview.tsx", "canvas/selecting.ts"],
  "browser/test_edit.py": [
    "canvas/Menu.tsx",
    "canvas/Palette.tsx",
    "canvas/dragKind.ts",
    "dialogs/ClashDialog.tsx",
    "dialogs/Pickers.tsx",
    "dialogs/SmallDialogs.tsx",
    "parts/Dialog.tsx",
    "parts/FormDialog.tsx",
    "properties/FlowProperties.tsx",
    "forms/Completion.tsx",
    "properties/Letters.tsx",
    "properties/LostTyping.tsx",
    "properties/Properties.tsx",
    "properties/Settings.tsx",
    "properties/Wires.tsx",
    "properties/typed.ts",
    "yaml/YamlPane.tsx",
  ],
  "browser/test_deploy.py": ["dialogs/DeployDialog.tsx", "dialogs/RevisionsDialog.tsx", "dialogs/RollBack.tsx"],
  "browser/test_forms.py": [
    "forms/faulty.ts",
    "forms/ChoiceInputs.tsx",
    "forms/FieldFrame.tsx",
    "forms/FieldInput.tsx",
    "forms/LineInput.tsx",
    "forms/LongInputs.tsx",
    "forms/Names.tsx",
    "forms/ShapeInputs.tsx",
    "forms/Form.tsx",
  ],
  "browser/test_new_connection.py": ["forms/ConnectionInput.tsx", "properties/ConnectionProperties.tsx"],
  "browser/test_connection.py": ["screens/ConnectionScreen.tsx"],
  "browser/test_points.py": [
    "forms/TableDialog.tsx",
    "parts/Asked.tsx",
    "properties/PointPicker.tsx",
    "properties/PointTools.tsx",
  ],
  "browser/test_secrets.py": ["dialogs/SecretDialog.tsx", "forms/SecretInput.tsx", "screens/SecretsScreen.tsx"],
  "browser/test_watch.py": [
    "panels/AlarmDialog.tsx",
    "panels/AlarmHistory.tsx",
    "panels/Chart.tsx",
    "panels/MessageList.tsx",
    "panels/Messages.tsx",
    "panels/TrendView.tsx",
    "panels/TrendWords.tsx",
    "parts/SavedSets.tsx",
    "parts/TrendDialog.tsx",
    "panels/Trends.tsx",
    "panels/Values.tsx",
    "screens/DeadLettersScreen.tsx",
    "shell/AlarmBar.tsx",
    "state/values.ts",
  ],
  "browser/test_access.py": [
    "parts/TableHead.tsx",
    "screens/AccessDialogs.tsx",
    "screens/AccessScreen.tsx",
    "shell/AccountMenu.tsx",
  ],
  "browser/test_pages.py": [
    "screens/BesidePage.tsx",
    "screens/PageScreen.tsx",
    "screens/PagesScreen.tsx",
    "screens/Reading.tsx",
    "screens/Setpoint.tsx",
    "screens/ShownWidgets.tsx",
  ],
  "browser/test_building.py": [
    "screens/Gauge.tsx",
    "screens/PageBuilder.tsx",
    "screens/PageSheet.tsx",
    "screens/Wall.tsx",
    "screens/WidgetSettings.tsx",
  ],
  "browser/test_cluster.py": ["screens/Cluster.tsx"],
  "browser/test_entry.py": ["screens/Entry.tsx"],
  "browser/test_start.py": ["screens/StartScreen.tsx", "shell/Tour.tsx"],
  "browser/test_several.py": ["shell/Others.tsx", "parts/People.tsx"],
  "examples/test_cookbook.py": ["screens/recipes.ts"],
};
const named = Object.values(TRIED_BY).flat();

const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf-8" }).filter((file) => /\.tsx?$/.test(file));
const modules = filesOf("src").filter((file) => !/^(i18n\/|api\/generated)/.test(file)); // tables: i18n.test.ts and tests/house hold them

const imported = new Set(
  filesOf("tests").flatMap((test) =>
    [...readFileSync(`tests/${test}`, "utf-8").matchAll(/(?:from|import\() ?"(\.[^"]+)"/g)].flatMap(([, path]) => {
      const base = normalize(`tests/${dirname(test)}/${path}`).replace("src/", "");
      return [`${base}.ts`, `${base}.tsx`, `${base}/index.ts`];
    }),
  ),
);

describe("every module", () => {
  it("is imported by a unit test, or says which test tries it", () => {
    expect(modules.length).toBeGreaterThan(150);
    expect(modules.filter((file) => !imported.has(file) && !named.includes(file))).toEqual([]);
  });
  it("with logic alone has a unit test: what is no view is named for a reason only where it needs the page", () => {
    expect(named.filter((file) => file.endsWith(".ts"))).toHaveLength(8);
  });
  it("is named once, while it is there and nothing else tries it", () => {
    expect(
      named.filter((file, i) => !modules.includes(file) || imported.has(file) || named.indexOf(file) !== i),
    ).toEqual([]);
  });
  it("is tried by a test that is there", () => {
    expect(Object.keys(TRIED_BY).filter((test) => !existsSync(`${OF_PYTHON}/${test}`))).toEqual([]);
  });
});
