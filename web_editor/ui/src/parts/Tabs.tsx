// A row of tabs with arrow keys, as the ARIA authoring practices describe them.
import { type KeyboardEvent, type ReactNode, useId } from "react";

export type Tab<K extends string> = { key: K; label: ReactNode };
type Props<K extends string> = {
  tabs: readonly Tab<K>[];
  chosen: K;
  onChoose: (key: K) => void;
  label: string;
  children: ReactNode;
  className?: string;
};

export function Tabs<K extends string>({ tabs, chosen, onChoose, label, children, className = "" }: Props<K>) {
  const id = useId();
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const at = tabs.findIndex((tab) => tab.key === chosen);
    const next = tabs[(at + step + tabs.length) % tabs.length]!;
    onChoose(next.key);
    document.getElementById(`${id}-${next.key}`)?.focus();
  };
  return (
    <div className={`pane ${className}`}>
      <div className="tabs" role="tablist" aria-label={label} onKeyDown={move}>
        {tabs.map((tab) => (
          <button
            key={tab.key}
            type="button"
            role="tab"
            className="tab"
            id={`${id}-${tab.key}`}
            aria-selected={tab.key === chosen}
            aria-controls={`${id}-panel`}
            tabIndex={tab.key === chosen ? 0 : -1}
            onClick={() => onChoose(tab.key)}
          >
            {tab.label}
          </button>
        ))}
      </div>
      <div className="pane" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${chosen}`}>
        {children}
      </div>
    </div>
  );
}
