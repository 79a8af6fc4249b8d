import type { Outcome } from "./scenarios.ts";

const PANEL = { width: 380, height: 170, left: 52, right: 12, top: 28, bottom: 28 } as const;

/** Seconds that the vertical axis shows, with its marks. */
const RANGE = { low: 0.5, high: 10_000 } as const;
const MARKS = [
  [1, "1 s"],
  [10, "10 s"],
  [60, "1 min"],
  [600, "10 min"],
  [3600, "1 h"],
] as const;

/** Readable on white and on black: nothing behind it is painted. */
const COLORS = { iteratorAge: "#d1495b", delay: "#2a7fba", grid: "#8885", text: "#888" } as const;

/** The scenarios side by side: iterator age and delivery delay over time, on a logarithmic axis. */
export function plotOf(outcomes: readonly Outcome[]): string {
  const rows = Math.ceil(outcomes.length / 2);
  const [width, height] = [2 * PANEL.width, rows * PANEL.height + 24];
  const panels = outcomes.map((outcome, i) => {
    const [x, y] = [(i % 2) * PANEL.width, Math.floor(i / 2) * PANEL.height];
    return `<g transform="translate(${x} ${y})">${panelOf(outcome)}</g>`;
  });
  const legend = [
    label(PANEL.left, height - 8, "iterator age: the oldest event not yet taken", COLORS.iteratorAge),
    label(PANEL.width + PANEL.left, height - 8, "delay: from arrival to object", COLORS.delay),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    "<title>Simulated iterator age and delivery delay: npm run simulate</title>",
    ...panels,
    ...legend,
    "</svg>\n",
  ].join("\n");
}

function panelOf({ name, simulated: { samples } }: Outcome): string {
  const end = samples.at(-1)?.time ?? 1;
  const x = (time: number) => PANEL.left + (time / end) * (PANEL.width - PANEL.left - PANEL.right);
  const line = (color: string, points: readonly (readonly [number, number | undefined])[]) =>
    `<polyline fill="none" stroke="${color}" stroke-width="1.5" points="${points
      .flatMap(([time, seconds]) => (seconds === undefined ? [] : `${x(time).toFixed(1)},${y(seconds).toFixed(1)}`))
      .join(" ")}"/>`;
  const grid = MARKS.map(
    ([seconds, text]) =>
      `<path stroke="${COLORS.grid}" d="M${PANEL.left} ${y(seconds).toFixed(1)}H${PANEL.width - PANEL.right}"/>` +
      label(PANEL.left - 6, y(seconds) + 4, text, COLORS.text, "end"),
  );
  return [
    label(PANEL.left, 16, name, COLORS.text),
    ...grid,
    line(
      COLORS.delay,
      samples.map(({ time, delay }) => [time, delay]),
    ),
    line(
      COLORS.iteratorAge,
      samples.map(({ time, iteratorAge }) => [time, iteratorAge]),
    ),
    label(PANEL.width - PANEL.right, PANEL.height - 10, `${(end / 60).toFixed(0)} min`, COLORS.text, "end"),
    label(PANEL.left, PANEL.height - 10, "0", COLORS.text),
  ].join("");
}

function y(seconds: number): number {
  const share = Math.log(Math.max(seconds, RANGE.low) / RANGE.low) / Math.log(RANGE.high / RANGE.low);
  return PANEL.height - PANEL.bottom - share * (PANEL.height - PANEL.top - PANEL.bottom);
}

function label(x: number, y: number, text: string, fill: string, anchor = "start"): string {
  return `<text x="${x.toFixed(0)}" y="${y.toFixed(0)}" fill="${fill}" text-anchor="${anchor}">${text}</text>`;
}
