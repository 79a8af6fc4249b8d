// A result as a chart: lines over time, bars by name. The table below says the same in numbers.
import { useMemo } from "preact/hooks";
import uPlot from "uplot";
import { compact, counted } from "../format.ts";
import { color, SERIES } from "../parts/palette.ts";
import { Plot } from "../parts/plot.tsx";
import type { Shape } from "./shape.ts";

const HEIGHT = 260;
/** Characters of a name under a bar; the whole name is in the legend and the table. */
const NAME_CHARACTERS = 14;

type Options = Omit<uPlot.Options, "width" | "height">;

export function Chart({ shape }: { readonly shape: Shape }) {
  const data = useMemo(
    (): uPlot.AlignedData => [[...shape.x], ...shape.series.map(({ values }) => [...values])],
    [shape],
  );
  const what = shape.kind === "time" ? "over time" : `by name, ${counted(shape.names.length, "bar")}`;
  const label = `Chart: ${shape.series.map(({ name }) => name).join(", ")} ${what}. The table has its numbers.`;
  const drawing = `${shape.kind} ${shape.names.join(" ")} ${shape.series.map(({ name }) => name).join(" ")}`;
  return <Plot label={label} drawing={drawing} height={HEIGHT} data={data} options={() => optionsOf(shape)} />;
}

function optionsOf(shape: Shape): Options {
  const bars = shape.kind === "bars";
  return {
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
    cursor: { points: { show: !bars }, drag: { x: false, y: false } },
    scales: {
      x: bars ? { time: false, range: (_plot, min, max) => [min - 0.6, max + 0.6] } : {},
      y: { range: (_plot, min, max) => [Math.min(0, min), Math.max(max * 1.08, 1)] },
    },
    axes: [
      { ...axis(), size: 32, ...(bars ? namedAxis(shape.names) : { values: (_plot, ticks) => ticks.map(clockText) }) },
      { ...axis(), size: 48, values: (_plot, ticks) => ticks.map(compact) },
    ],
    series: [
      bars
        ? { label: "name", value: (_plot, _raw, _series, i) => (i === null ? "–" : (shape.names[i] ?? "–")) }
        : { label: "time, UTC", value: (_plot, at) => (at === null ? "–" : isoText(at)) },
      ...shape.series.map(({ name }, i) => series(name, SERIES[i % SERIES.length] ?? SERIES[0], bars)),
    ],
  };
}

function series(name: string, stroke: string, bars: boolean): uPlot.Series {
  const paths = bars ? uPlot.paths.bars?.({ size: [0.7, 60] }) : undefined;
  return {
    label: name,
    stroke: () => color(stroke),
    width: bars ? 1 : 1.75,
    spanGaps: true,
    ...(bars && { fill: () => `${color(stroke)}99`, points: { show: false } }),
    ...(paths && { paths }),
  };
}

function axis(): uPlot.Axis {
  return {
    font: "12px system-ui, sans-serif",
    stroke: () => color("--muted"),
    grid: { stroke: () => color("--line"), width: 1 },
    ticks: { stroke: () => color("--line"), width: 1, size: 4 },
  };
}

/** The clock, or the day at midnight. */
function clockText(seconds: number): string {
  const text = isoText(seconds);
  return text.endsWith("00:00:00") ? text.slice(5, 10) : text.slice(11, text.endsWith(":00") ? 16 : 19);
}

function isoText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
}

function namedAxis(names: readonly string[]): uPlot.Axis {
  const cut = (name: string) => (name.length > NAME_CHARACTERS ? `${name.slice(0, NAME_CHARACTERS - 1)}…` : name);
  return {
    grid: { show: false },
    space: 100,
    incrs: [1, 2, 5, 10, 20],
    values: (_plot, ticks) => ticks.map((i) => cut(names[i] ?? "")),
  };
}
