// One measure over the last minute: a small plot with its scale, no legend.
import type uPlot from "uplot";
import { compact } from "../format.ts";
import { color } from "./palette.ts";
import { Plot } from "./plot.tsx";

interface SparklineProps {
  readonly label: string;
  /** Seconds since 1970. */
  readonly at: readonly number[];
  /** Null where there is no measure, such as across a restart. */
  readonly values: readonly (number | null)[];
  readonly stroke?: string;
}

export function Sparkline({ label, at, values, stroke = "--series-1" }: SparklineProps) {
  const data: uPlot.AlignedData = [[...at], [...values]];
  return <Plot label={label} drawing={stroke} height={68} data={data} options={() => options(stroke)} />;
}

/** The only measure there is, through which no line goes. */
function alone(plot: uPlot, series: number): number[] {
  const values = plot.data[series] ?? [];
  const known = [...values.keys()].filter((i) => (values[i] ?? null) !== null);
  return known.length === 1 ? known : [];
}

/** A minute wide whatever there is of it, from zero up to at least one. */
function options(stroke: string): Omit<uPlot.Options, "width" | "height"> {
  return {
    cursor: { show: false },
    legend: { show: false },
    padding: [7, 4, 7, 0],
    scales: {
      x: { range: (_plot, _min, max) => [max - 60, max] },
      y: { range: (_plot, _min, max) => [0, Math.max(max * 1.15, 1)] },
    },
    axes: [
      { show: false },
      {
        size: 34,
        gap: 4,
        font: "11px system-ui, sans-serif",
        space: 24,
        stroke: () => color("--muted"),
        grid: { stroke: () => color("--line"), width: 1 },
        ticks: { show: false },
        values: (_plot, ticks) => ticks.map(compact),
      },
    ],
    series: [
      {},
      {
        stroke: () => color(stroke),
        fill: () => `${color(stroke)}22`,
        width: 1.5,
        spanGaps: true,
        points: { size: 4, filter: alone },
      },
    ],
  };
}
