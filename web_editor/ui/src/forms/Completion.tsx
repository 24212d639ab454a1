// Names offered while an expression or template is typed: arrows choose, Enter takes, and nothing is taken unasked.
import {
  type ChangeEvent,
  type KeyboardEvent,
  type ReactNode,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { t } from "../i18n";
import { summary } from "../logic/payload";
import { completed, completions, namesIn, type Sample, type Tried } from "../logic/sample";

type Typing = HTMLInputElement | HTMLTextAreaElement;
type Given = {
  id: string;
  text: string;
  onText: (text: string) => void;
  as: Tried | null;
  sample: Sample | null;
  lines?: boolean;
};

/** What the input has to have, and the list to draw behind it. One of several `lines` may not be called a combobox. */
export function useCompletion({ id, text, onText, as, sample, lines = false }: Given): {
  input: {
    onKeyDown: (event: KeyboardEvent<Typing>) => boolean;
    onChange: (event: ChangeEvent<Typing>) => void;
    [attribute: `aria-${string}`]: unknown;
    role?: "combobox";
  };
  close: () => void;
  list: ReactNode;
} {
  const [at, setAt] = useState<number | null>(null); // where something is being written; null: nothing is offered
  const [all, setAll] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const caret = useRef<number | null>(null);
  const names = useMemo(() => (sample && as ? namesIn(sample, as) : []), [sample, as]);
  const offered = useMemo(() => (at === null ? [] : completions(text, at, names, all)), [at, all, text, names]);
  useLayoutEffect(() => {
    if (caret.current === null) return;
    const input = document.getElementById(id) as Typing;
    input.focus();
    input.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  });
  const open = (place: number | null, whole = false) => {
    setAt(place);
    setAll(whole);
    setChosen(-1);
  };
  const take = (name: string) => {
    const next = completed(text, at!, name);
    caret.current = next.at;
    onText(next.text);
    open(null);
  };
  const keys = (event: KeyboardEvent<Typing>): boolean => {
    if (event.key === " " && event.ctrlKey) open(event.currentTarget.selectionStart, true);
    else if (offered.length === 0) return false;
    else if (event.key === "ArrowDown") setChosen((chosen + 1) % offered.length);
    else if (event.key === "ArrowUp") setChosen(chosen <= 0 ? offered.length - 1 : chosen - 1);
    else if (event.key === "Enter" && chosen >= 0) take(offered[chosen]!.name);
    else if (event.key === "Escape") open(null);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  const plain = {
    onKeyDown: keys,
    onChange: (event: ChangeEvent<Typing>) => {
      onText(event.target.value);
      open(event.target.selectionStart);
    },
  };
  const close = () => open(null);
  if (as === null) return { input: plain, close, list: null };
  const isOpen = offered.length > 0;
  return {
    close,
    input: {
      ...plain,
      ...(lines ? {} : { role: "combobox", "aria-expanded": isOpen }),
      "aria-autocomplete": "list",
      "aria-controls": `${id}-names`,
      ...(isOpen && chosen >= 0 ? { "aria-activedescendant": `${id}-name-${chosen}` } : {}),
    },
    list: (
      <div className="completions" role="listbox" id={`${id}-names`} aria-label={t("sample.complete")} hidden={!isOpen}>
        {offered.map(({ name, value }, i) => (
          <div
            key={name}
            id={`${id}-name-${i}`}
            role="option"
            className="option"
            aria-selected={i === chosen}
            onPointerDown={(event) => {
              event.preventDefault(); // the field keeps the focus
              take(name);
            }}
          >
            <code className="grow ellipsis">{name}</code>
            <span className="muted small ellipsis">{summary(value, 24)}</span>
          </div>
        ))}
      </div>
    ),
  };
}
