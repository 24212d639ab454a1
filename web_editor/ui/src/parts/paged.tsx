// Lists that the engine hands out in pieces.
import { useCallback, useEffect, useState } from "react";
import { onceBack } from "../api/back";
import type { Paged as Piece } from "../api/types";
import { t } from "../i18n";
import { tellError } from "../state/notices";

export type PagedList<T> = {
  items: readonly T[];
  next: string | null;
  total: number | null;
  done: boolean;
  more(): void;
  again(): void;
};

/** The pieces read so far; starts over when anything in `depends` changes or `again` is called. */
export function usePaged<T>(
  read: (cursor: string | null) => Promise<Piece<T>>,
  depends: readonly unknown[],
): PagedList<T> {
  const [state, setState] = useState<{ items: readonly T[]; next: string | null; total: number | null; done: boolean }>(
    { items: [], next: null, total: null, done: false },
  );
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `read` is another function each time; `depends` says when to read
  useEffect(() => {
    let wanted = true;
    onceBack(() => read(null)).then(
      ({ items, next, total }) => wanted && setState({ items, next, total: total ?? null, done: true }),
      (error) => wanted && tellError(error),
    );
    return () => {
      wanted = false;
    };
  }, [...depends, round]);
  const more = () => {
    read(state.next).then(
      ({ items, next, total }) =>
        setState((old) => ({ items: [...old.items, ...items], next, total: total ?? null, done: true })),
      tellError,
    );
  };
  const again = useCallback(() => setRound((old) => old + 1), []);
  return { ...state, more, again };
}

export function MoreButton<T>({ paged }: { paged: PagedList<T> }) {
  return paged.next === null ? null : (
    <div>
      <button type="button" className="button" onClick={paged.more}>
        {t("more")}
      </button>
    </div>
  );
}
