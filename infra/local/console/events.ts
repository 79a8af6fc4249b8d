import type { AthenaClient } from "@aws-sdk/client-athena";
import { runQuery } from "../../../handlers/cli/athena.ts";
import { hoursPredicate } from "../../../handlers/cli/hours.ts";
import type { Handler } from "./answer.ts";
import { rangeOfHour } from "./hours.ts";
import { storedText } from "./stored.ts";

/** Events to pick from. */
const MOST = 50;

/** Unless an hour is named: the last day, and the hour that future events may be filed ahead. */
const DEFAULT_RANGE = { back: 24 * 3_600_000, ahead: 2 * 3_600_000 };

/** The shell's texts; lists come beside them, as JSON. */
const TEXTS = ["eventid", "utctimestamp", "severity", "summary", "category", "source"] as const;
const PARTITION = ["year", "month", "day", "hour"] as const;

/** The newest events of an hour or of the last day, of one source if it is named, as the lake stores them. */
export function eventsHandler(athena: AthenaClient): Handler {
  return async ({ query, signal }) => {
    const { rows } = await runQuery(athena, eventsSql(query.get("hour"), query.get("source")), signal);
    return `[${rows.map(textOf).join(",")}]`;
  };
}

function eventsSql(hour: string | null, source: string | null): string {
  const now = Date.now();
  const range = hour === null ? { from: now - DEFAULT_RANGE.back, to: now + DEFAULT_RANGE.ahead } : rangeOfHour(hour);
  const ofSource = source === null ? "" : ` AND source = ${quoted(source)}`;
  return `SELECT ${TEXTS.join(", ")}, ${PARTITION.join(", ")},
  json_format(CAST(tags AS JSON)) AS tags, json_format(CAST(plugins AS JSON)) AS plugins, details
FROM events
WHERE ${hoursPredicate(range)}${ofSource}
ORDER BY utctimestamp DESC
LIMIT ${MOST}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function textOf(row: readonly (string | null)[]): string {
  const names = [...TEXTS, ...PARTITION];
  const texts = Object.fromEntries(names.map((name, i) => [name, row[i] ?? null]));
  const [tags, plugins, details] = row.slice(names.length);
  return storedText({ ...texts, tags: listOf(tags), plugins: listOf(plugins) }, details ?? "null");
}

function listOf(json: string | null | undefined): unknown {
  return JSON.parse(json ?? "[]");
}
