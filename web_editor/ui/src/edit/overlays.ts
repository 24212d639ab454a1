// Which dialog lies over the editor, and which tab is beside it. Opens nothing itself.
import { editor } from "./editor";

export type RightTab = "properties" | "yaml" | "docs" | "page";

export type Overlay =
  | "commands"
  | "search"
  | "deploy"
  | "revisions"
  | "help"
  | "add"
  | "wire"
  | "rename"
  | "subflow"
  | "newFlow"
  | "import"
  | "inject"
  | null;

export const show = (overlay: Overlay) => editor.set({ overlay });
