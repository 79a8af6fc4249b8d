// View: what no event could be made of, by code and hour, and the way back.
import { useEffect } from "preact/hooks";
import type { Quarantined } from "../../contract.ts";
import { count, counted, hourText } from "../format.ts";
import { Panel } from "../parts/panel.tsx";
import { Problem } from "../parts/problem.tsx";
import { SortableTable, type TableColumn } from "../parts/table.tsx";
import { visible } from "../visible.ts";
import { Payload } from "./payload.tsx";
import { RedriveDialog } from "./redrive.tsx";
import { ask, days, entries, load, look, problem } from "./state.ts";

const DAYS = [1, 7, 30];

const COLUMNS: readonly TableColumn<Quarantined>[] = [
  { name: "Code", value: ({ code }) => code, cell: ({ code }) => <code>{code}</code> },
  { name: "Hour, UTC", value: ({ hour }) => hour, cell: ({ hour }) => hourText(hour) },
  { name: "Payloads", value: (entry) => entry.count, cell: (entry) => count(entry.count), numeric: true },
  {
    name: "Reason, of one of them",
    value: ({ reason }) => reason,
    cell: ({ reason }) => <bdi class="wrap">{visible(reason)}</bdi>,
  },
  { name: "Actions", value: () => null, cell: (entry) => <Actions entry={entry} />, actions: true },
];

export function QuarantineView() {
  // Asked anew for other days.
  useEffect(() => void load(), [days.value]);
  return (
    <>
      <Panel title="Quarantine" aside={<Choices />}>
        <Problem text={problem.value} />
        {entries.value && (
          <SortableTable
            label="Quarantined payloads by code and hour"
            rows={entries.value}
            columns={COLUMNS}
            empty="Nothing is in quarantine: every payload of these days became events."
          />
        )}
      </Panel>
      <Payload />
      <RedriveDialog />
    </>
  );
}

function Choices() {
  const payloads = entries.value?.reduce((total, entry) => total + entry.count, 0) ?? 0;
  return (
    <div class="choices">
      <label>
        The last{" "}
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
      <button type="button" disabled={payloads === 0} onClick={() => ask("Redrive everything in quarantine", {})}>
        Redrive all…
      </button>
    </div>
  );
}

function Actions({ entry: { code, hour, id } }: { readonly entry: Quarantined }) {
  const which = `${code}, ${hourText(hour)}`;
  return (
    <span class="buttons">
      <button type="button" aria-label={`Look at one payload of ${which}`} onClick={() => look(id)}>
        Look
      </button>
      <button type="button" aria-label={`Redrive ${which}`} onClick={() => ask(`Redrive ${which}`, { code, hour })}>
        Redrive…
      </button>
    </span>
  );
}
