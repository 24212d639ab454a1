// The whole flow in the corner, with what is seen of it; a press there goes there. The picture is drawn once a flow.
import { Panel, useReactFlow, useStoreApi } from "@xyflow/react";
import { type PointerEvent, useEffect, useRef } from "react";
import { t } from "../i18n";
import { useTheme } from "../state/preferences";
import { coloursOf, drawBoxes, marksOn } from "./drawing";
import type { Scene } from "./scene";
import { followView } from "./view";

const WIDTH = 150;
const HEIGHT = 100;
const EDGE = 6;
const NOTHING: ReadonlySet<string> = new Set();

export function Minimap({ scene }: { scene: Scene }) {
  const picture = useRef<HTMLCanvasElement>(null);
  const seen = useRef<HTMLDivElement>(null);
  const store = useStoreApi();
  const flow = useReactFlow();
  const theme = useTheme();
  const { x, y, width, height } = scene.bounds;
  const scale = Math.min((WIDTH - 2 * EDGE) / Math.max(width, 1), (HEIGHT - 2 * EDGE) / Math.max(height, 1));
  const [left, top] = [(WIDTH - width * scale) / 2 - x * scale, (HEIGHT - height * scale) / 2 - y * scale];
  useEffect(() => {
    const element = picture.current!;
    const ratio = Math.min(devicePixelRatio, 2);
    [element.width, element.height] = [WIDTH * ratio, HEIGHT * ratio];
    const pen = element.getContext("2d")!;
    pen.scale(ratio, ratio);
    const colours = coloursOf(element);
    drawBoxes(pen, marksOn(scene, [left, top, scale], WIDTH, HEIGHT), NOTHING, scale, {
      ...colours,
      "--surface": colours["--border"],
    });
  }, [scene, left, top, scale, theme]);
  useEffect(() => {
    const { style } = seen.current!;
    const show = () => {
      const {
        transform: [tx, ty, zoom],
        width: wide,
        height: high,
      } = store.getState();
      style.transform = `translate(${(-tx / zoom) * scale + left}px, ${(-ty / zoom) * scale + top}px)`;
      style.width = `${(wide / zoom) * scale}px`;
      style.height = `${(high / zoom) * scale}px`;
    };
    return followView(store, show);
  }, [store, left, top, scale]);
  const go = (event: PointerEvent<HTMLDivElement>) => {
    if (event.buttons !== 1) return;
    if (event.type === "pointerdown") event.currentTarget.setPointerCapture(event.pointerId);
    const box = event.currentTarget.getBoundingClientRect();
    void flow.setCenter((event.clientX - box.left - left) / scale, (event.clientY - box.top - top) / scale, {
      zoom: flow.getZoom(),
      duration: 0,
    });
  };
  return (
    <Panel position="bottom-right" className="minimap wide-only">
      <div
        role="img"
        aria-label={t("canvas.minimap")}
        style={{ width: WIDTH, height: HEIGHT }}
        onPointerDown={go}
        onPointerMove={go}
        onWheel={(event) => void (event.deltaY < 0 ? flow.zoomIn() : flow.zoomOut())}
      >
        <canvas ref={picture} style={{ width: WIDTH, height: HEIGHT }} />
        <div ref={seen} className="minimap-view" />
      </div>
    </Panel>
  );
}
