// Six steps around the editor, each beside what it speaks of; skipped by Escape. Changes nothing.
import "../theme/start.css";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { t } from "../i18n";
import { Icon } from "../parts/Icon";
import { useStore } from "../state/store";
import { endTour, touring } from "./tourStore";

const STEPS = [
  ["tour.canvas", ".center"],
  ["tour.palette", ".left"],
  ["tour.properties", ".right"],
  ["tour.messages", ".bottom"],
  ["tour.deploy", ".deploy-button"],
  ["tour.commands", ".searchbox"],
] as const;
const [WIDTH, GAP] = [320, 12];

type Rect = { left: number; top: number; width: number; height: number };

export default function Tour() {
  const step = useStore(touring, (state) => state.step) ?? 0;
  const [word, selector] = STEPS[step]!;
  const card = useRef<HTMLElement>(null);
  const [around, setAround] = useState<Rect | null>(null);
  useLayoutEffect(() => {
    const look = () => {
      const found = document.querySelector(selector)?.getBoundingClientRect();
      setAround(found ? { left: found.left, top: found.top, width: found.width, height: found.height } : null);
    };
    look();
    addEventListener("resize", look);
    return () => removeEventListener("resize", look);
  }, [selector]);
  useEffect(() => card.current?.querySelector<HTMLElement>("[data-first]")?.focus(), []);
  const go = (next: number) => (next < STEPS.length ? touring.set({ step: next }) : endTour());
  return (
    <>
      {around && <div className="tour-around" style={around} />}
      <section
        ref={card}
        className="tour"
        aria-label={t("tour.start")}
        style={{ width: WIDTH, ...placeBeside(around) }}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === "Escape") endTour();
        }}
      >
        <p aria-live="polite">{t(word)}</p>
        <div className="row">
          <span className="muted small grow">{t("tour.step", { n: step + 1, total: STEPS.length })}</span>
          {step < STEPS.length - 1 && (
            <button type="button" className="button plain" onClick={endTour}>
              {t("tour.skip")}
            </button>
          )}
          {step > 0 && (
            <button type="button" className="button icon" aria-label={t("back")} onClick={() => go(step - 1)}>
              <Icon name="undo" size={14} />
            </button>
          )}
          <button data-first type="button" className="button primary" onClick={() => go(step + 1)}>
            {t(step < STEPS.length - 1 ? "tour.next" : "tour.done")}
          </button>
        </div>
      </section>
    </>
  );
}

/** Beside what is spoken of, and inside of a large one, always on the screen. */
function placeBeside(around: Rect | null): { left: number; top: number } {
  if (!around) return { left: GAP, top: GAP };
  const { innerWidth, innerHeight } = window;
  const right = around.left + around.width;
  const left = right + GAP + WIDTH < innerWidth ? right + GAP : around.left - GAP - WIDTH;
  const inside = left < GAP || around.width > innerWidth / 2;
  const small = around.height < 80;
  return {
    left: Math.max(
      GAP,
      Math.min(inside || small ? around.left + around.width / 2 - WIDTH / 2 : left, innerWidth - WIDTH - GAP),
    ),
    top: Math.max(GAP, Math.min(small ? around.top + around.height + GAP : around.top + 56, innerHeight - 180)),
  };
}
