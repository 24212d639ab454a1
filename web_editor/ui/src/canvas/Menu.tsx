// The menu of the canvas: arrows walk, Enter chooses, Escape and a click elsewhere close, and the focus goes back.
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef } from "react";
import { t } from "../i18n";
import type { Entry } from "./menu";

type Props = { x: number; y: number; entries: readonly Entry[]; onClose: () => void };

export function Menu({ x, y, entries, onClose }: Props) {
  const menu = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = menu.current!;
    const before = document.activeElement;
    const { width, height } = element.getBoundingClientRect();
    element.style.left = `${Math.max(4, Math.min(x, innerWidth - width - 4))}px`;
    element.style.top = `${Math.max(4, Math.min(y, innerHeight - height - 4))}px`;
    element.querySelector("button")?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected && element.contains(document.activeElement))
        before.focus({ preventScroll: true });
    };
  }, [x, y]);
  useEffect(() => {
    const elsewhere = (event: Event) => !menu.current?.contains(event.target as Node) && onClose();
    addEventListener("pointerdown", elsewhere, true);
    return () => removeEventListener("pointerdown", elsewhere, true);
  }, [onClose]);
  const keys = (event: KeyboardEvent) => {
    event.stopPropagation();
    const buttons = [...menu.current!.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    if (event.key === "Escape" || event.key === "Tab") onClose();
    else if (event.key === "ArrowDown") buttons[(at + 1) % buttons.length]?.focus();
    else if (event.key === "ArrowUp") buttons.at(at - 1)?.focus();
    else if (event.key === "Home") buttons[0]?.focus();
    else if (event.key === "End") buttons.at(-1)?.focus();
    else return;
    event.preventDefault();
  };
  return (
    <div ref={menu} className="menu" role="menu" aria-label={t("menu")} tabIndex={-1} onKeyDown={keys}>
      {entries.map(({ name, key, run }) => (
        <button
          key={name}
          type="button"
          role="menuitem"
          onClick={() => {
            onClose();
            setTimeout(run); // after the focus has gone back: a dialog takes it from there
          }}
        >
          {name}
          {key && <kbd className="kbd">{key}</kbd>}
        </button>
      ))}
    </div>
  );
}
