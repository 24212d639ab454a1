// The dialog that is open, if any.
import { type ComponentType, lazy, Suspense } from "react";
import { type Overlay, useDocument, useEditor } from "../edit/editor";

const pickers = () => import("../dialogs/Pickers");
const small = () => import("../dialogs/SmallDialogs");
const DIALOGS: Record<NonNullable<Overlay>, ComponentType> = {
  commands: lazy(async () => ({ default: (await pickers()).CommandDialog })),
  search: lazy(async () => ({ default: (await import("../dialogs/SearchDialog")).SearchDialog })),
  add: lazy(async () => ({ default: (await pickers()).AddDialog })),
  wire: lazy(async () => ({ default: (await pickers()).WireDialog })),
  deploy: lazy(async () => ({ default: (await import("../dialogs/DeployDialog")).DeployDialog })),
  revisions: lazy(async () => ({ default: (await import("../dialogs/RevisionsDialog")).RevisionsDialog })),
  rename: lazy(async () => ({ default: (await small()).RenameDialog })),
  subflow: lazy(async () => ({ default: (await small()).SubflowDialog })),
  newFlow: lazy(async () => ({ default: (await small()).NewFlowDialog })),
  import: lazy(async () => ({ default: (await small()).ImportDialog })),
  inject: lazy(async () => ({ default: (await small()).InjectDialog })),
  help: lazy(async () => ({ default: (await small()).HelpDialog })),
};
const Clash = lazy(async () => ({ default: (await import("../dialogs/ClashDialog")).ClashDialog }));
const NEED_FLOW: readonly string[] = ["deploy", "revisions", "wire", "rename", "subflow", "inject", "add"];

export function Overlays() {
  const overlay = useEditor((state) => state.overlay);
  const open = useEditor((state) => state.document !== null);
  const clash = useDocument((state) => state.clash !== null);
  const Shown = overlay && (open || !NEED_FLOW.includes(overlay)) ? DIALOGS[overlay] : null;
  return (
    <Suspense fallback={null}>
      {Shown && <Shown />}
      {clash && <Clash />}
    </Suspense>
  );
}
