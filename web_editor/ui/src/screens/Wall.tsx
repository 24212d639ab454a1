// A page on a wall: the whole screen, and one page after the other. A touch or a key holds a page for as long again.
import { useEffect, useState } from "react";
import { pages } from "../api/calls";
import { duration, t } from "../i18n";
import { CYCLES_S, cycleOf, nextPage } from "../logic/cycle";
import { useAddress } from "../state/address";
import { go } from "../state/route";

export function Wall({ flow, page }: { flow: string; page: string }) {
  const [asked, setAsked] = useAddress("cycle");
  const every_s = cycleOf(asked);
  useCycle(flow, page, every_s);
  const full = useFullScreen();
  return (
    <>
      <select
        className="input auto wide-only"
        aria-label={t("wall.cycle")}
        value={every_s ? String(every_s) : ""}
        onChange={(event) => setAsked(event.target.value)}
      >
        <option value="">{t("wall.stays")}</option>
        {[...new Set([...CYCLES_S, ...(every_s ? [every_s] : [])])].map((seconds) => (
          <option key={seconds} value={seconds}>
            {t("wall.every", { time: duration(seconds) })}
          </option>
        ))}
      </select>
      {document.fullscreenEnabled && (
        <button type="button" className="button wide-only" aria-pressed={full} onClick={() => void turnFull()}>
          {t("wall.full")}
        </button>
      )}
    </>
  );
}

function useCycle(flow: string, page: string, every_s: number): void {
  useEffect(() => {
    if (!every_s) return;
    let timer = 0;
    let isGone = false;
    const turn = () =>
      pages.list().then(
        ({ items }) => {
          const next = nextPage(items, flow, page);
          if (isGone) return;
          if (next) go({ screen: "page", flow: next.flow, page: next.page }, true, `?cycle=${every_s}`);
          else wait();
        },
        () => isGone || wait(), // the engine is away: this page says so until it is back
      );
    const wait = () => {
      clearTimeout(timer);
      timer = window.setTimeout(turn, every_s * 1000);
    };
    wait();
    addEventListener("pointerdown", wait);
    addEventListener("keydown", wait);
    return () => {
      isGone = true;
      clearTimeout(timer);
      removeEventListener("pointerdown", wait);
      removeEventListener("keydown", wait);
    };
  }, [flow, page, every_s]);
}

function useFullScreen(): boolean {
  const [full, setFull] = useState(document.fullscreenElement !== null);
  useEffect(() => {
    const changed = () => setFull(document.fullscreenElement !== null);
    document.addEventListener("fullscreenchange", changed);
    return () => document.removeEventListener("fullscreenchange", changed);
  }, []);
  return full;
}

/** The whole document, so that it stays full while pages change. */
const turnFull = () =>
  document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
