import { eventOf } from "../../core/event.ts";
import { createKeyIndex } from "../../core/keys.ts";
import { DEFAULT_WINDOW } from "../../core/partition.ts";
import { quarantineRow } from "../../core/quarantine.ts";
import { lineOf, type Row, rowOf } from "../../core/row.ts";

/** What the code writes, that the deployed table has to say. */
export interface Shape {
  readonly table: "events" | "quarantine";
  /** Column name to Glue type; the partition columns are not among them. */
  readonly columns: Readonly<Record<string, string>>;
}

/** The partition columns: text, padded with zeros to so many digits; the year's range depends on the lake. */
export const PARTITIONS = {
  year: { digits: 4 },
  month: { digits: 2, range: "1,12" },
  day: { digits: 2, range: "1,31" },
  hour: { digits: 2, range: "0,23" },
} as const;

/** Where rows of an hour lie below a table's folder. */
export const HOUR_TEMPLATE = Object.keys(PARTITIONS)
  .map((key) => `${key}=\${${key}}/`)
  .join("");

/** A time that is any time. */
const UTC = "2000-01-01T00:00:00.000Z";

/** The tables as the code's own rows have them: asked of the code, so that a new column cannot be forgotten here. */
export function shapes(): readonly Shape[] {
  const event = eventOf({ eventid: "", utctimestamp: UTC, tags: [], plugins: [], details: {} });
  const position = { stream: "", shard: "", sequence: "", subsequence: 0, index: 0 };
  const quarantined = { code: "invalid_json", message: "", position, arrivalMs: 0, partitionKey: "" } as const;
  return [
    { table: "events", columns: columnsOf(rowOf(event, createKeyIndex(new Map()), 0, UTC, DEFAULT_WINDOW)) },
    { table: "quarantine", columns: columnsOf(quarantineRow({ ...quarantined, payload: new Uint8Array() }, "")) },
  ];
}

function columnsOf(row: Row): Record<string, string> {
  const columns: Record<string, unknown> = JSON.parse(lineOf(row));
  const names = Object.keys(columns).filter((name) => !Object.hasOwn(PARTITIONS, name));
  return Object.fromEntries(names.map((name) => [name, Array.isArray(columns[name]) ? "array<string>" : "string"]));
}
