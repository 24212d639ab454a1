// A list to choose from by typing: arrows move, Enter takes. The pattern is the ARIA combobox with a listbox.
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { t } from "../i18n";
import { best } from "../logic/find";

type Props<T> = {
  items: readonly T[];
  textOf: (item: T) => string;
  keyOf: (item: T) => string;
  draw: (item: T, typed: string) => ReactNode;
  label: string;
  onPick: (item: T) => void;
  busy?: boolean;
  children?: ReactNode; // between what is typed and what is found
};

export function Picker<T>({ items, textOf, keyOf, draw, label, onPick, busy = false, children }: Props<T>) {
  const id = useId();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const [isAwaited, setAwaited] = useState(false);
  const list = useRef<HTMLDivElement>(null);
  const found = best(items, typed, textOf, 60);
  const active = Math.min(at, found.length - 1);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [active, typed]);
  const first = found[active];
  // Who types faster than the list loads has pressed Enter already.
  useEffect(() => {
    if (isAwaited && first !== undefined) {
      setAwaited(false);
      onPick(first);
    }
  }, [isAwaited, first, onPick]);
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt((active + step + found.length) % Math.max(1, found.length));
    } else if (event.key === "Enter" && found[active]) {
      event.preventDefault();
      onPick(found[active]);
    } else if (event.key === "Enter" && busy) {
      event.preventDefault();
      setAwaited(true);
    }
  };
  return (
    <>
      <input
        data-first
        className="input"
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls={id}
        aria-label={label}
        placeholder={label}
        value={typed}
        autoComplete="off"
        {...(found[active] ? { "aria-activedescendant": `${id}-${active}` } : {})}
        onKeyDown={keys}
        onChange={(event) => {
          setTyped(event.target.value);
          setAt(0);
          setAwaited(false);
        }}
      />
      {children}
      <div className="options" role="listbox" id={id} aria-label={label} ref={list}>
        {found.map((item, i) => (
          <div
            key={keyOf(item)}
            id={`${id}-${i}`}
            className="option"
            role="option"
            aria-selected={i === active}
            onPointerMove={() => i !== active && setAt(i)}
            onClick={() => onPick(item)}
          >
            {draw(item, typed)}
          </div>
        ))}
      </div>
      <p className={found.length ? "sr" : "muted"} role="status">
        {found.length ? t("found", { n: found.length }) : t(busy ? "loading" : "nothingFound")}
      </p>
    </>
  );
}
