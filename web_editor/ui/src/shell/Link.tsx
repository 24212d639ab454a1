// A link to another screen, without loading the page again.
import type { MouseEvent, ReactNode } from "react";
import { go, pathOf, type Route } from "../state/route";

type Props = { to: Route; children: ReactNode; className?: string; current?: boolean; label?: string };

export function Link({ to, children, className, current = false, label }: Props) {
  const follow = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a
      href={pathOf(to)}
      onClick={follow}
      {...(className ? { className } : {})}
      {...(current ? { "aria-current": "page" as const } : {})}
      {...(label ? { "aria-label": label } : {})}
    >
      {children}
    </a>
  );
}
