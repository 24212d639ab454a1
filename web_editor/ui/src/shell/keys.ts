// The keys that work everywhere.
import { useEffect } from "react";
import { editor, mayEdit } from "../edit/editor";
import { show } from "../edit/overlays";
import { route } from "../state/route";

export function useGlobalKeys(): void {
  useEffect(() => {
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}

export function pressed(event: KeyboardEvent): void {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const done =
    event.key === "F6"
      ? nextPanel(event.shiftKey ? -1 : 1)
      : event.ctrlKey || event.metaKey
        ? control(event)
        : event.key === "?" && document.activeElement === document.body && help();
  if (done) event.preventDefault();
}

function help(): boolean {
  show("help");
  return true;
}

function control(event: KeyboardEvent): boolean {
  const key = event.key.toLowerCase();
  const building = ["flow", "build"].includes(route().screen) && mayEdit();
  if (key === "k" || (key === "p" && event.shiftKey)) show("commands");
  else if (key === "d" && building) deploy();
  else if (isTyping(event))
    return false; // the text has its own search and undo
  else if (key === "f") show("search");
  else if (!building) return false;
  else if (key === "y" || (key === "z" && event.shiftKey)) void editor.get().document?.redo();
  else if (key === "z") void editor.get().document?.undo();
  else return false;
  return true;
}

/** A field hands over what was typed when it loses the focus, and that belongs to the deploy. */
function deploy(): void {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  show("deploy");
}

function isTyping({ target }: KeyboardEvent): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input:not([type=checkbox]),textarea,select"))
  );
}

/** Moves the focus to the next part of the page that holds something to do. */
function nextPanel(step: 1 | -1): boolean {
  const panels = [...document.querySelectorAll<HTMLElement>("[data-panel]")];
  if (panels.length === 0) return false;
  const at = panels.findIndex((panel) => panel.contains(document.activeElement));
  const next = panels[(at + step + panels.length) % panels.length]!;
  const first = next.querySelector<HTMLElement>('input,select,textarea,[contenteditable="true"],[tabindex="0"],button');
  (first ?? next).focus();
  return true;
}
