// What is being typed, until it is handed on.
import { useContext, useEffect, useState } from "react";
import { FieldPlace, forgetTyping, keepTyping, typedAt } from "../edit/typing";

/** Text that follows the outside value except while it is being typed; what a reload interrupted is there again. */
export function useTyped(value: string): [string, (text: string) => void, boolean] {
  const place = useContext(FieldPlace);
  const [typed, setTyped] = useState(() => typedAt(place) ?? value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setTyped(value);
  }
  useEffect(() => {
    if (typed === value) forgetTyping(place);
  }, [typed, value, place]);
  const type = (text: string) => {
    setTyped(text);
    keepTyping(place, text);
  };
  return [typed, type, typed !== value];
}
