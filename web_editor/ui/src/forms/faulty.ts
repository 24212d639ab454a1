// Which fields of a form hold what cannot be a value: what would be sent is then not what stands there.
import { createContext, useCallback, useContext, useEffect, useState } from "react";

type Report = (id: string, faulty: boolean) => void;

/** Told by fields whether what stands in them is no value. */
export const Faulty = createContext<Report | null>(null);

/** Tell the form around this field. */
export function useReported(id: string, faulty: boolean): void {
  const report = useContext(Faulty);
  useEffect(() => {
    report?.(id, faulty);
    return () => report?.(id, false);
  }, [report, id, faulty]);
}

/** Whether any field is faulty, and what they tell it to. */
export function useFaulty(): [any: boolean, report: Report] {
  const [ids, setIds] = useState<readonly string[]>([]);
  const report = useCallback<Report>(
    (id, faulty) =>
      setIds((old) => (old.includes(id) === faulty ? old : faulty ? [...old, id] : old.filter((each) => each !== id))),
    [],
  );
  return [ids.length > 0, report];
}
