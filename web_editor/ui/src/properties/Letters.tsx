// How many messages of a node ended as dead letters, and the way to them.
import { useEffect, useState } from "react";
import { deadLetters } from "../api/calls";
import { t } from "../i18n";
import { StateMark } from "../parts/StateMark";
import { status } from "../state/feeds";
import { go } from "../state/route";
import { useMay } from "../state/session";

const LOOK_MS = 5000;

export function Letters({ flow, node }: { flow: string; node: string }) {
  const mayRead = useMay("operator");
  const count = useCount(flow, node, mayRead);
  if (count === 0) return null;
  const open = () => go({ screen: "dead-letters" }, false, `?${new URLSearchParams({ flow, from: node })}`);
  return (
    <button type="button" className="button" onClick={open}>
      <StateMark state={3} text={t("dead.ofNode", { n: count })} />
    </button>
  );
}

/** Asked again when the node has refused more since. */
function useCount(flow: string, node: string, mayRead: boolean): number {
  const [count, setCount] = useState(0);
  useEffect(() => {
    if (!mayRead) return;
    let known = -1;
    const look = () => {
      const errors = status.nodes.get(node)?.errors ?? 0;
      if (errors === known) return;
      known = errors;
      // what cannot be asked now is asked with the next one that is refused
      deadLetters.list({ flow, origin: node, limit: 1 }).then(
        ({ total }) => setCount(total ?? 0),
        () => {},
      );
    };
    look();
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [flow, node, mayRead]);
  return count;
}
