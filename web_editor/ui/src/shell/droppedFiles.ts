// A flow file that is dropped anywhere on the page opens the import dialog. Reads nothing else that is dragged.
import { editor } from "../edit/editor";
import { show } from "../edit/overlays";
import { t } from "../i18n";
import { tell } from "../state/notices";
import { may } from "../state/session";

const MOST_BYTES = 2 ** 20;
const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;

/** Listens until the returned function is called. */
export function takeDroppedFiles(): () => void {
  const over = (event: DragEvent) => hasFiles(event) && event.preventDefault();
  const drop = (event: DragEvent) => {
    if (!hasFiles(event)) return;
    event.preventDefault(); // the browser would leave the editor and show the file
    const file = [...(event.dataTransfer?.files ?? [])].find(({ name }) => /\.ya?ml$/i.test(name));
    if (may("integrator")) void take(file);
  };
  addEventListener("dragover", over);
  addEventListener("drop", drop);
  return () => {
    removeEventListener("dragover", over);
    removeEventListener("drop", drop);
  };
}

async function take(file: File | undefined): Promise<void> {
  if (!file || file.size > MOST_BYTES) return tell(t("start.noFlowFile"), "error");
  editor.set({ dropped: { name: file.name, text: await file.text() } });
  show("import");
}
