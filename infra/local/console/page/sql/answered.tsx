// A query's answer: what it cost, its rows, its chart.
import { signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { counted, duration, size } from "../format.ts";
import { Folded } from "../parts/folded.tsx";
import { Panel } from "../parts/panel.tsx";
import { Problem } from "../parts/problem.tsx";
import { SortableTable, type TableColumn } from "../parts/table.tsx";
import { Chart } from "./chart.tsx";
import { type Answer, answer, MOST_ROWS, more, running, saveCsv } from "./query.ts";
import { isNumeric, shapeOf } from "./shape.ts";

type Row = Answer["rows"][number];

const charted = signal(false);

export function Answered() {
  const shown = answer.value;
  if (running.value !== undefined) {
    return (
      <Panel title="Answer" aside={<span class="aside">running…</span>}>
        <progress class="wide" aria-label="The query runs" />
      </Panel>
    );
  }
  if (!shown) return null;
  if (shown.state !== "SUCCEEDED") {
    return (
      <Panel title="Answer" aside={<Cost shown={shown} />}>
        {shown.state === "CANCELLED" ? (
          <p class="empty">Stopped.</p>
        ) : (
          <Problem text={shown.error?.message ?? "failed"} />
        )}
      </Panel>
    );
  }
  return <Succeeded key={shown.id} shown={shown} />;
}

function Succeeded({ shown }: { readonly shown: Answer }) {
  const columns = useMemo(() => columnsOf(shown.columns), [shown.columns]);
  const shape = useMemo(() => shapeOf(shown.columns, shown.rows), [shown.columns, shown.rows]);
  return (
    <Panel
      title="Answer"
      aside={
        <div class="buttons">
          <Cost shown={shown} />
          {shape && (
            <button
              type="button"
              aria-pressed={charted.value}
              onClick={() => {
                charted.value = !charted.value;
              }}
            >
              Chart
            </button>
          )}
          <button type="button" onClick={saveCsv}>
            CSV
          </button>
        </div>
      }
    >
      {shape && charted.value && <Chart shape={shape} />}
      <SortableTable
        label="Rows of the query"
        rows={shown.rows}
        columns={columns}
        empty="The query has no rows. Are its hours and sources those that you mean?"
        more={shown.next && shown.rows.length < MOST_ROWS ? more : undefined}
      />
    </Panel>
  );
}

function Cost({ shown }: { readonly shown: Answer }) {
  return (
    <span class="aside">
      {counted(shown.rows.length, "row")}
      {shown.next && " so far"} · {size(shown.scannedBytes)} scanned · {duration(shown.milliseconds)}
    </span>
  );
}

/** Two columns of a result may have one name; the place tells them apart. */
function columnsOf(columns: Answer["columns"]): TableColumn<Row>[] {
  const names = columns.map(({ name }) => name);
  return columns.map(({ name, type }, i) => ({
    name: names.indexOf(name) === i ? name : `${name} (${i + 1})`,
    numeric: isNumeric(type),
    value: (row) => {
      const text = row[i] ?? null;
      return isNumeric(type) && text !== null ? Number(text) : text;
    },
    cell: (row) => <Folded text={row[i] ?? null} />,
  }));
}
