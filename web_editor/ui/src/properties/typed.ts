// What is being typed, until it is handed on.
import { useState } from "react";

/** Text that follows the outside value except while it is being typed. */
export function useTyped(value: string): [string, (text: string) => void, boolean] {
  const [typed, setTyped] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setTyped(value);
  }
  return [typed, setTyped, typed !== value];
}
