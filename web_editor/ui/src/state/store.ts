// A value that changes outside React and that components may watch. No domain words here.
import { useSyncExternalStore } from "react";

export type Store<T> = {
  get(): T;
  set(next: Partial<T>): void;
  watch(listener: () => void): () => void;
};

/** A store over a plain object; `set` merges and tells every listener once. */
export function createStore<T extends object>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      const changed = (Object.keys(next) as (keyof T)[]).some((key) => !Object.is(value[key], next[key]));
      if (!changed) return;
      value = { ...value, ...next };
      for (const listener of [...listeners]) listener();
    },
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** What `pick` takes from the store; the component renders again only when that changes (by identity). */
export function useStore<T extends object, S>(store: Store<T>, pick: (value: T) => S): S {
  const look = () => pick(store.get());
  return useSyncExternalStore(store.watch, look, look);
}
