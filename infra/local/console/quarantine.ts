import type { AthenaClient } from "@aws-sdk/client-athena";
import type { S3Client } from "@aws-sdk/client-s3";
import { formatUTC } from "../../../core/time.ts";
import { runQuery } from "../../../handlers/cli/athena.ts";
import { hoursPredicate, type TimeRange } from "../../../handlers/cli/hours.ts";
import { readLocation } from "../../../handlers/redrive/objects.ts";
import { FILED_WITHIN_MS } from "../../../handlers/redrive/quarantined.ts";
import { Refusal, type Routes } from "./answer.ts";
import type { Clients } from "./clients.ts";
import type { Quarantined, QuarantinedPayload } from "./contract.ts";
import { daysIn } from "./hours.ts";

const DAY_MS = 24 * 3_600_000;

/** How far back entries are listed unless told, and how far back one is looked for. */
export const DAYS = { listed: 7, looked: 31 };

/** What no event could be made of: by hour and code, and the bytes of one. */
export function quarantineRoutes({ athena, s3 }: Pick<Clients, "athena" | "s3">): Routes {
  return {
    "GET /api/quarantine": ({ query, signal }) => listed(athena, daysIn(query, DAYS.listed), signal),
    "GET /api/quarantine/*": ({ name, signal }) => payloadOf(athena, s3, name, signal),
  };
}

async function listed(athena: AthenaClient, days: number, signal: AbortSignal): Promise<Quarantined[]> {
  const sql = `SELECT code, substr(arrival, 1, 13) AS hour, count(DISTINCT quarantineid) AS entries,
  max_by(message, arrival) AS reason, max_by(quarantineid, arrival) AS id
FROM quarantine
WHERE ${arrivedIn(daysBack(days))}
GROUP BY 1, 2
ORDER BY 2 DESC, 1`;
  const { rows } = await runQuery(athena, sql, signal);
  return rows.map(([code, hour, entries, reason, id]) => ({
    code: code ?? "",
    hour: hour ?? "",
    count: Number(entries),
    reason: reason ?? "",
    id: id ?? "",
  }));
}

async function payloadOf(
  athena: AthenaClient,
  s3: S3Client,
  name: string,
  signal: AbortSignal,
): Promise<QuarantinedPayload> {
  const id = checkedId(name);
  const sql = `SELECT code, message, payload, payload_location FROM quarantine
WHERE ${arrivedIn(daysBack(DAYS.looked))} AND quarantineid = '${id}' LIMIT 1`;
  const { rows } = await runQuery(athena, sql, signal);
  const [row] = rows;
  if (!row) throw new Refusal(404, `${id} is not among what arrived in the last ${DAYS.looked} days`);
  const [code, reason, inline, location] = row;
  const base64 = location ? (await readLocation(s3, location)).toString("base64") : (inline ?? "");
  return { id, code: code ?? "", reason: reason ?? "", base64 };
}

/** @throws {Refusal} 400 */
export function checkedId(id: string): string {
  if (/^[0-9a-f-]{36}$/.test(id)) return id;
  throw new Refusal(400, "That is no id of a quarantined entry; nothing was asked");
}

export function daysBack(days: number): TimeRange {
  const to = Date.now() + 1000; // what arrived this moment is asked for as well
  return { from: to - days * DAY_MS, to };
}

/** The condition for what arrived within a range, that is answered from the range's hours alone. */
export function arrivedIn({ from, to }: TimeRange): string {
  const hours = hoursPredicate({ from, to: to + FILED_WITHIN_MS });
  return `${hours} AND arrival >= '${formatUTC(from)}' AND arrival < '${formatUTC(to)}'`;
}
