// What a view shows, kept in the address: a reload, a bookmark and a link that is sent show exactly that again.
import { useState } from "react";

/** The text of a parameter of the address, and how to change it; empty takes it away. */
export function useAddress(name: string): [string, (text: string) => void] {
  const [text, setText] = useState(() => new URLSearchParams(location.search).get(name) ?? "");
  const change = (next: string) => {
    setText(next);
    history.replaceState(null, "", `${location.pathname}${withParameter(location.search, name, next)}`);
  };
  return [text, change];
}

/** The query with a parameter set, or without it where the text is empty. Pure. */
export function withParameter(query: string, name: string, text: string): string {
  const parameters = new URLSearchParams(query);
  if (text) parameters.set(name, text);
  else parameters.delete(name);
  const written = parameters.toString();
  return written && `?${written}`;
}

/** Texts in one parameter; none of them may be empty. Pure. */
export const joined = (texts: readonly string[]) => texts.map(encodeURIComponent).join(",");
export const parted = (text: string): string[] => text.split(",").filter(Boolean).map(decode);

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a hostile address is just a name that nothing has
  }
}
