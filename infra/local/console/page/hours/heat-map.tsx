// The heat map: a table whose cells are buttons. One of them is in the tab order, arrow keys move to the others.
import { useEffect, useRef, useState } from "preact/hooks";
import { count, counted, hourText, short, size } from "../format.ts";
import { show } from "../route.ts";
import { openQuery } from "../sql/query.ts";
import { visible } from "../visible.ts";
import { type Cell, type Grid, level, type Measure, queryOf } from "./grid.ts";

const STEPS: Readonly<Record<string, readonly [rows: number, columns: number]>> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

/** Scrolled to the newest hour at first. Tab enters at the last hour of the first source, or where it was left. */
export function HeatMap({ grid, measure }: { readonly grid: Grid; readonly measure: Measure }) {
  const place = useRef<HTMLDivElement>(null);
  const [reached, reach] = useState("");
  const latest = latestOf(grid);
  const entry = grid.rows.some((row, r) => row.cells.some((cell, c) => cell && reached === `${r}:${c}`))
    ? reached
    : latest;

  // The newest hours are what is looked for first.
  useEffect(() => place.current?.scrollTo({ left: place.current.scrollWidth }), [grid.hours.length]);

  const move = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    const target = step && place.current && nextButton(place.current, event.target, step);
    if (!target) return;
    event.preventDefault();
    target.focus();
    reach(target.dataset.at ?? "");
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys move between the buttons inside
    <div class="scroll heat" ref={place} onKeyDown={move}>
      <table>
        <caption class="unseen">{measure === "events" ? "Events" : "Bytes"} by source and hour, UTC</caption>
        <thead>
          <tr>
            <th scope="col" class="source">
              Source
            </th>
            {grid.hours.map((hour) => (
              <th key={hour} scope="col">
                <span class="unseen">{hourText(hour)}</span>
                <HourLabel hour={hour} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {grid.rows.map((row, r) => (
            <tr key={row.source}>
              <th scope="row" class="source" title={visible(row.source)}>
                {visible(row.source)}
              </th>
              {row.cells.map((cell, c) => (
                <td key={grid.hours[c]}>
                  {cell && <HeatCell cell={cell} at={`${r}:${c}`} entry={entry} most={grid.most} measure={measure} />}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The day at midnight, the clock at every third hour. */
function HourLabel({ hour }: { readonly hour: string }) {
  const clock = hour.slice(11);
  if (clock === "00")
    return (
      <span class="day" aria-hidden="true">
        {hourText(hour).split(",")[0]}
      </span>
    );
  return Number(clock) % 3 === 0 ? <span aria-hidden="true">{clock}</span> : null;
}

interface HeatCellProps {
  readonly cell: Cell;
  readonly at: string;
  readonly entry: string;
  readonly most: number;
  readonly measure: Measure;
}

function HeatCell({ cell, at, entry, most, measure }: HeatCellProps) {
  const { hour, source, events, bytes, late, future } = cell;
  const value = cell[measure];
  const marks = `${late > 0 ? " late" : ""}${future > 0 ? " future" : ""}`;
  const told = [`${hourText(hour)}, ${visible(source)}: ${counted(events, "event")}, ${size(bytes)}`];
  if (late > 0) told.push(`${count(late)} late`);
  if (future > 0) told.push(`${count(future)} from the future`);
  return (
    <button
      type="button"
      class={`heat-${level(value, most)}${marks}`}
      data-at={at}
      tabIndex={at === entry ? 0 : -1}
      title={told.join(", ")}
      aria-label={`${short(value)}: ${told.join(", ")}; open the query`}
      onClick={() => {
        openQuery(queryOf(cell));
        show("sql");
      }}
    >
      {short(value)}
    </button>
  );
}

/** Where Tab enters: the last hour of the first source. */
function latestOf({ rows }: Grid): string {
  return `0:${rows[0]?.cells.findLastIndex((cell) => cell !== undefined) ?? 0}`;
}

/** The nearest button in a direction: the next one of the row, or of the row above or below the one closest in time. */
function nextButton(
  place: HTMLElement,
  from: EventTarget | null,
  [rows, columns]: readonly [number, number],
): HTMLButtonElement | undefined {
  if (!(from instanceof HTMLButtonElement)) return undefined;
  const { row, column } = whereIs(from);
  const found = [...place.querySelectorAll<HTMLButtonElement>(`[data-at^="${row + rows}:"]`)];
  const distance = (button: HTMLButtonElement) => whereIs(button).column - column;
  return found
    .filter((button) => rows !== 0 || distance(button) * columns > 0)
    .sort((a, b) => Math.abs(distance(a)) - Math.abs(distance(b)))[0];
}

function whereIs(button: HTMLButtonElement): { row: number; column: number } {
  const [row = 0, column = 0] = (button.dataset.at ?? "").split(":").map(Number);
  return { row, column };
}
