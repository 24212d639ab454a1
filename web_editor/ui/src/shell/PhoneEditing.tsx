// Building on a phone: no canvas, but every form, the text, the help and the deploy.
import { useEffect, useState } from "react";
import { Outline } from "../canvas/Outline";
import { editor, useDocument, useEditor } from "../edit/editor";
import { show } from "../edit/overlays";
import { selectNodes } from "../edit/selection";
import { t } from "../i18n";
import { Dialog } from "../parts/Dialog";
import { Icon } from "../parts/Icon";
import { watchStatus } from "../state/feeds";
import { DeployButton } from "./DeployButton";
import { Others } from "./Others";
import { Right } from "./Right";

/** What is done to the flow as a whole; its own settings are the form of nothing selected. */
export function FlowTools({ flow, drawn }: { flow: string; drawn: boolean }) {
  const document = useEditor((state) => state.document);
  const [open, setOpen] = useState(false);
  const settings = () => {
    if (!drawn) selectNodes([]); // the drawing shows what is selected, the list does not
    setOpen(true);
  };
  return (
    <div className="row wrap phone-tools">
      <button type="button" className="button" onClick={() => show("add")}>
        <Icon name="plus" size={14} />
        {t("palette.add")}
      </button>
      <button type="button" className="button" onClick={settings}>
        {t("properties")}
      </button>
      <button type="button" className="button" onClick={() => void document?.undo()}>
        {t("undo")}
      </button>
      <DeployButton />
      <Others flow={flow} />
      {open && <Sheet flow={flow} onClose={() => setOpen(false)} />}
    </div>
  );
}

/** The nodes; the one that is shown, here or from another screen, is a sheet over them. */
export function EditedList({ flow }: { flow: string }) {
  useEffect(() => watchStatus(flow), [flow]);
  const [open, setOpen] = useState(false);
  const asked = useEditor((state) => state.reveal);
  const chosen = useEditor(({ nodes, connection }) => nodes.size > 0 || connection !== null);
  useEffect(() => {
    if (!asked) return;
    editor.set({ reveal: null });
    setOpen(true);
  }, [asked]);
  useEffect(() => {
    if (!chosen) setOpen(false); // deleted
  }, [chosen]);
  return (
    <>
      <Outline />
      {open && chosen && <Sheet flow={flow} onClose={() => setOpen(false)} />}
    </>
  );
}

function Sheet({ flow, onClose }: { flow: string; onClose: () => void }) {
  const title = useDocument((state) => state.flow?.title);
  return (
    <Dialog title={title || flow} onClose={onClose} className="sheet-over">
      <Right />
    </Dialog>
  );
}
