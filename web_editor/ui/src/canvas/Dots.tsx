// The dots behind the nodes. Moving the canvas moves them by less than their gap, which paints nothing anew.
import { useStoreApi } from "@xyflow/react";
import { useEffect, useRef } from "react";
import { followView } from "./view";

const GAP = 20;

export function Dots() {
  const dots = useRef<HTMLDivElement>(null);
  const store = useStoreApi();
  useEffect(() => {
    const { style } = dots.current!;
    let scale = 0;
    const show = () => {
      const [x, y, zoom] = store.getState().transform;
      const gap = GAP * zoom;
      if (zoom !== scale) style.backgroundSize = `${gap}px ${gap}px`;
      scale = zoom;
      style.transform = `translate(${x % gap}px, ${y % gap}px)`;
    };
    return followView(store, show);
  }, [store]);
  return <div ref={dots} className="dots" aria-hidden="true" />;
}
