import { QUESTIONS, type SavedQuery, TODAY } from "./questions.ts";

/**
 * The queries saved in the workgroup, ready in Athena's console. Those with a date in them are examples: an hour of a year
 * (year, month, day, hour, all text and zero-padded) keeps a query from reading the whole lake.
 */

/** The first query to try; it needs nothing filled in. Also an output of the stack. */
export const EVENTS_TODAY = `SELECT source, category, count(*) AS events, max(utctimestamp) AS latest
FROM defenda_data_lake.events
WHERE ${TODAY}
GROUP BY source, category
ORDER BY events DESC, source, category
LIMIT 20`;

const CONSOLE_LOGINS = `SELECT utctimestamp,
         summary,
         source,
         details

FROM "defenda_data_lake"."events"
    where
    source='cloudtrail' AND json_extract_scalar(details,'$.eventname') = 'ConsoleLogin'
    AND (
            (year='2026'
            AND month='11'
            AND day='24'
            AND hour='01')
            OR
            (year='2026'
            AND month='11'
            AND day='24'
            AND hour='00')
    )
    limit 100`;

const EVENTS_WITH_ADDRESS = `SELECT
    utctimestamp,
    summary,
    source,
    details,
    tags
FROM defenda_data_lake.events
    where
        source ='cloudtrail'
    AND json_array_contains(json_extract(details,'$._ipaddresses'),'7.1.14.12')
    AND year='2026'
    AND month='11'
    AND day='24'
    AND hour='18'
    LIMIT 100`;

const QUARANTINE_BY_CODE = `SELECT code, count(*) AS records, max(arrival) AS latest, arbitrary(message) AS example
FROM defenda_data_lake.quarantine
WHERE ${TODAY}
GROUP BY code
ORDER BY records DESC`;

/**
 * The view `events_unique`: of each event the copy that was processed last. Deliveries that were repeated, redriven or
 * replayed are told apart from one another by nothing else.
 *
 * The hour stands in PARTITION BY although an eventid would do: a condition can only be asked before the window when it is
 * about the window's own partitions (Trino, PredicatePushDown), and otherwise each query would read the whole lake. So an
 * event that a changed plugin moved to another hour is there twice; count(DISTINCT eventid) tells.
 */
export const EVENTS_ONCE = `SELECT eventid, utctimestamp, severity, summary, category, source, tags, plugins, details,
  year, month, day, hour
FROM (
  SELECT *, row_number() OVER (
    PARTITION BY year, month, day, hour, eventid
    ORDER BY json_extract_scalar(details, '$._utcprocessedtimestamp') DESC NULLS LAST
  ) AS recency
  FROM defenda_data_lake.events
)
WHERE recency = 1`;

const UNIQUE_TODAY = `SELECT source, category, count(*) AS events, max(utctimestamp) AS latest
FROM defenda_data_lake.events_unique
WHERE ${TODAY}
GROUP BY source, category
ORDER BY events DESC, source, category
LIMIT 20`;

export const SAVED_QUERIES: readonly SavedQuery[] = [
  { name: "Events today", description: "What arrived today, by source and category", sql: EVENTS_TODAY },
  {
    name: "Events today, each once",
    description: "As Events today, without the copies that deliveries again, redrives and replays leave",
    sql: UNIQUE_TODAY,
  },
  { name: "Console logins", description: "AWS console logins of two hours; set the date", sql: CONSOLE_LOGINS },
  {
    name: "Events with an address",
    description: "Everything an address did in one hour; set the address and the date",
    sql: EVENTS_WITH_ADDRESS,
  },
  {
    name: "Quarantine by code",
    description: "What could not be made an event today, and why",
    sql: QUARANTINE_BY_CODE,
  },
  ...QUESTIONS,
];
