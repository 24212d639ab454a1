// Draws limits and alarms on a chart: lines with their names above the curves, shaded stretches below them. Fetches nothing.
import type uPlot from "uplot";
import type { CurveMarks } from "../api/types";
import { limitLabel, markColour, within } from "../logic/marks";

export type Shown = {
  marks: readonly CurveMarks[];
  scaleOf: (key: string) => string | undefined; // of the curve of a point
  colours: Readonly<Record<"--error" | "--warn" | "--text" | "--surface", string>>;
};

const FONT_PX = 11;
const LEAST_FOR_WORDS_PX = 80;

export function drawnMarks(shown: () => Shown): uPlot.Plugin {
  return { hooks: { drawAxes: (plot) => shadeAlarms(plot, shown()), draw: (plot) => drawLimits(plot, shown()) } };
}

function shadeAlarms(plot: uPlot, { marks, colours }: Shown): void {
  const pen = plot.ctx;
  const { left, top, width, height } = plot.bbox;
  const window = { min: plot.scales["x"]!.min!, max: plot.scales["x"]!.max! };
  pen.save();
  pen.beginPath();
  pen.rect(left, top, width, height);
  pen.clip();
  setFont(pen);
  const taken: number[] = []; // where the words of each row end
  for (const span of marks.flatMap(({ alarms }) => alarms)) {
    const seen = within(span, window, Date.now() / 1000);
    if (!seen) continue;
    const [from, to] = seen.map((at) => plot.valToPos(at, "x", true)) as [number, number];
    pen.fillStyle = colours[markColour(span.priority)];
    pen.globalAlpha = 0.14;
    pen.fillRect(from, top, Math.max(to - from, scale()), height);
    pen.globalAlpha = 1;
    pen.fillRect(from, top, Math.max(to - from, scale()), 3 * scale()); // told by shape too: a bar along the top
    if (to - from < LEAST_FOR_WORDS_PX * scale()) continue;
    const row = taken.findIndex((end) => end <= from);
    const place = row < 0 ? taken.length : row;
    taken[place] = to;
    writeWithin(
      pen,
      span.title,
      from + 4 * scale(),
      top + (16 + place * 14) * scale(),
      to - from - 8 * scale(),
      colours["--text"],
    );
  }
  pen.restore();
}

function drawLimits(plot: uPlot, { marks, scaleOf, colours }: Shown): void {
  const pen = plot.ctx;
  const { left, top, width, height } = plot.bbox;
  pen.save();
  setFont(pen);
  const drawn = new Set<string>();
  const taken: { base: number; left: number }[] = []; // labels that stand already: one of the same height goes beside
  for (const { key, limits } of marks) {
    const on = scaleOf(key);
    if (on === undefined) continue;
    for (const limit of limits) {
      const label = limitLabel(limit);
      const y = plot.valToPos(limit.value, on, true);
      if (!(y >= top && y <= top + height) || drawn.has(label)) continue;
      drawn.add(label);
      pen.strokeStyle = colours[markColour(limit.priority)];
      pen.lineWidth = 1.5 * scale();
      pen.setLineDash([6 * scale(), 4 * scale()]);
      pen.beginPath();
      pen.moveTo(left, y);
      pen.lineTo(left + width, y);
      pen.stroke();
      const wide = pen.measureText(label).width;
      const above = y - top > 18 * scale();
      const base = above ? y - 5 * scale() : y + 14 * scale();
      const beside = taken.filter((other) => Math.abs(other.base - base) < 14 * scale()).map((other) => other.left);
      const right = Math.min(left + width, ...beside) - 4 * scale();
      if (right - wide < left) continue; // no room on a narrow chart: the words below it tell
      taken.push({ base, left: right - wide - 4 * scale() });
      pen.fillStyle = colours["--surface"];
      pen.globalAlpha = 0.8;
      pen.fillRect(right - wide - 4 * scale(), base - 11 * scale(), wide + 8 * scale(), 14 * scale());
      pen.globalAlpha = 1;
      pen.fillStyle = colours["--text"];
      pen.fillText(label, right - wide, base);
    }
  }
  pen.restore();
}

const scale = () => devicePixelRatio || 1;

function setFont(pen: CanvasRenderingContext2D): void {
  pen.font = `${FONT_PX * scale()}px system-ui, sans-serif`;
  pen.textBaseline = "alphabetic";
  pen.textAlign = "left";
}

function writeWithin(
  pen: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  width: number,
  colour: string,
): void {
  pen.save();
  pen.beginPath();
  pen.rect(x, y - 14 * scale(), width, 18 * scale());
  pen.clip();
  pen.fillStyle = colour;
  pen.fillText(text, x, y);
  pen.restore();
}
