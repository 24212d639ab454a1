// Puts a text into the clipboard and says so; also without a secure context, where browsers have no clipboard to write to.
import { t } from "../i18n";
import { tell } from "../state/notices";

export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copyByEvent(text);
  }
  tell(t("copied"));
}

function copyByEvent(text: string): void {
  const give = (event: ClipboardEvent) => {
    event.preventDefault();
    event.stopPropagation();
    event.clipboardData?.setData("text/plain", text);
  };
  document.addEventListener("copy", give, { capture: true, once: true });
  document.execCommand("copy");
}
