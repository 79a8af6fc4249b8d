// View: which source sent how much in which hour.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Hours } from "../../contract.ts";
import { announce } from "../announce.ts";
import { call, errorText } from "../api.ts";
import { count, counted } from "../format.ts";
import { Panel } from "../parts/panel.tsx";
import { Problem } from "../parts/problem.tsx";
import { gridOf, type Measure } from "./grid.ts";
import { HeatMap } from "./heat-map.tsx";

const DAYS = [1, 2, 7];

const days = signal(2);
const measure = signal<Measure>("events");
const hours = signal<Hours | undefined>(undefined);
const problem = signal<string | undefined>(undefined);

export function HoursView() {
  // Asked anew for other days.
  useEffect(() => void load(), [days.value]);
  const cells = hours.value?.cells ?? [];
  const grid = gridOf(cells, measure.value, days.value, Date.now());
  return (
    <Panel title="Hours by source" class="hours" aside={<Choices />}>
      <Problem text={problem.value} />
      {hours.value && grid.rows.length === 0 && <p class="empty">No event has landed in these days.</p>}
      {grid.rows.length > 0 && <HeatMap grid={grid} measure={measure.value} />}
      {grid.left > 0 && <p class="more">and {counted(grid.left, "source")} with fewer events; ask SQL for them</p>}
      <Legend />
    </Panel>
  );
}

async function load(): Promise<void> {
  try {
    hours.value = await call<Hours>(`/api/hours?days=${days.value}`);
    problem.value = undefined;
    const events = hours.value.cells.reduce((total, cell) => total + cell.events, 0);
    announce(`${count(events)} events in ${counted(days.value, "day")}.`);
  } catch (error) {
    problem.value = errorText(error);
  }
}

function Choices() {
  return (
    <div class="choices">
      <label>
        Show{" "}
        <select
          value={measure.value}
          onChange={({ currentTarget }) => {
            measure.value = currentTarget.value === "bytes" ? "bytes" : "events";
          }}
        >
          <option value="events">events</option>
          <option value="bytes">bytes</option>
        </select>
      </label>
      <label>
        of the last{" "}
        <select
          value={days.value}
          onChange={({ currentTarget }) => {
            days.value = Number(currentTarget.value);
          }}
        >
          {DAYS.map((n) => (
            <option key={n} value={n}>
              {counted(n, "day")}
            </option>
          ))}
        </select>
      </label>
      <button type="button" onClick={load}>
        Refresh
      </button>
    </div>
  );
}

function Legend() {
  return (
    <p class="legend">
      <span>
        few{" "}
        {[1, 2, 3, 4, 5].map((step) => (
          <i key={step} class={`swatch heat-${step}`} />
        ))}{" "}
        many
      </span>
      <span>
        <i class="swatch late" /> some late: filed under their arrival
      </span>
      <span>
        <i class="swatch future" /> some from the future: filed under their arrival
      </span>
      <span>Hours are UTC. Arrow keys move, Enter opens the query.</span>
    </p>
  );
}
