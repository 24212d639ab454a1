// A modal dialog on the browser's own element: focus stays inside, Escape closes, focus returns.
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from "react";
import { t } from "../i18n";
import { Icon } from "./Icon";

type Props = {
  title: string;
  onClose: () => void;
  onTaken?: () => void; // Enter was pressed in a line that holds what it may
  children: ReactNode;
  foot?: ReactNode;
  className?: string;
};

export function Dialog({ title, onClose, onTaken, children, foot, className = "" }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const element = dialog.current!;
    const before = document.activeElement;
    element.showModal();
    const first = element.querySelector<HTMLElement>("[data-first]");
    first?.focus();
    if (first instanceof HTMLInputElement) first.select(); // what is offered there is typed over
    return () => {
      element.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      className={className}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        if (event.target === dialog.current) onClose(); // not one that lies above this one
      }}
      onClick={(event) => event.target === dialog.current && onClose()}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (!onTaken || !isTaken(event)) return;
        event.preventDefault(); // else it presses the button that gets the focus back
        onTaken();
      }}
    >
      <div className="dialog-head">
        <h2 id={heading}>{title}</h2>
        <button type="button" className="button plain icon" aria-label={t("close")} onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <div className="dialog-body">{children}</div>
      {foot && <div className="dialog-foot">{foot}</div>}
    </dialog>
  );
}

const isTaken = ({ key, target }: KeyboardEvent) =>
  key === "Enter" && target instanceof HTMLInputElement && target.type !== "checkbox" && target.ariaInvalid !== "true";
