// Curves as files for a report or a spreadsheet, made in the browser from what is shown.
import type uPlot from "uplot";
import type { Trend } from "../api/types";
import { csvOf } from "../logic/csv";

export function saveCsv(trends: readonly Trend[]): void {
  save(new Blob([csvOf(trends)], { type: "text/csv" }), "trends.csv");
}

/** The drawing on the ground of the page: without it, dark lines on a dark viewer are nothing. */
export function savePng(plot: uPlot): void {
  const { canvas } = plot.ctx;
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [canvas.width, canvas.height];
  const pen = copy.getContext("2d")!;
  pen.fillStyle = getComputedStyle(document.body).backgroundColor;
  pen.fillRect(0, 0, copy.width, copy.height);
  pen.drawImage(canvas, 0, 0);
  copy.toBlob((blob) => blob && save(blob, "trends.png"));
}

function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
