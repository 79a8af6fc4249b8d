import { AthenaClient } from "@aws-sdk/client-athena";
import { S3Client } from "@aws-sdk/client-s3";
import { Command } from "commander";
import { formatUTC } from "../../core/time.ts";
import { readLocation } from "../redrive/objects.ts";
import { FILED_WITHIN_MS } from "../redrive/quarantined.ts";
import { type Answer, runQuery } from "./athena.ts";
import { escapeBytes } from "./escape.ts";
import { hoursPredicate, TIME_HELP, type TimeRange, timeRange } from "./hours.ts";
import { DEFAULT_DIR, findTarget, type Target, type TargetOptions } from "./target.ts";
import { paint, say, table, UsageError } from "./terminal.ts";

/** How far back it looks unless told. */
export const DEFAULT_FROM = "24h";

interface QuarantineOptions extends TargetOptions {
  readonly code?: string;
  readonly from: string;
  readonly to?: string;
  readonly payload?: string;
  readonly raw?: boolean;
  readonly json?: boolean;
}

/** `lake quarantine`: what no event could be made of, and why. */
export function quarantineCommand(): Command {
  return new Command("quarantine")
    .description("list what no event could be made of, by hour and code; or show one payload")
    .option("--code <code>", "only this reason, e.g. invalid_json", checkedCode)
    .option("--from <time>", `arrived from then on (${TIME_HELP})`, DEFAULT_FROM)
    .option("--to <time>", "arrived before then; now unless said")
    .option("--payload <id>", "show the bytes of this entry (quarantineid), escaped so that a terminal is safe")
    .option("--raw", "with --payload: the bytes as they are, for a pipe")
    .option("--json", "one JSON object a line")
    .option("--dir <folder>", "folder of the local lake", DEFAULT_DIR)
    .option("--aws", "ask AWS even when a local lake is up")
    .addHelpText(
      "after",
      "\nExample:\n  lake quarantine --from 7d --code invalid_json\n  lake quarantine --payload <id>",
    )
    .action(quarantine);
}

/** Codes are words (core/error.ts); what is none is a mistake before it is a query. */
export function checkedCode(code: string): string {
  if (/^[a-z0-9_]{1,64}$/.test(code)) return code;
  throw new UsageError(`--code ${code} is no reason code; lake quarantine lists those there are`);
}

async function quarantine(options: QuarantineOptions): Promise<void> {
  const range = timeRange(options, Date.now());
  const target = findTarget(options);
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const ask = (sql: string) => runQuery(new AthenaClient(target.client), sql, stop.signal);
  if (options.payload !== undefined) return showPayload(options.payload, options, { range, target, ask });
  print(await ask(summarySql(range, options.code)), range, options);
}

/** The condition for what arrived within a range, that a query can be answered from its hours alone. */
function arrivedIn(range: TimeRange): string {
  const hours = hoursPredicate({ from: range.from, to: range.to + FILED_WITHIN_MS });
  return `${hours} AND arrival >= '${formatUTC(range.from)}' AND arrival < '${formatUTC(range.to)}'`;
}

function summarySql(range: TimeRange, code: string | undefined): string {
  return `SELECT substr(arrival, 1, 13) AS hour, code, count(DISTINCT quarantineid) AS entries,
  max_by(message, arrival) AS example, max_by(quarantineid, arrival) AS example_id
FROM quarantine
WHERE ${arrivedIn(range)}${code === undefined ? "" : ` AND code = '${code}'`}
GROUP BY substr(arrival, 1, 13), code
ORDER BY 1, 2`;
}

function print({ header, rows }: Answer, range: TimeRange, { json }: QuarantineOptions): void {
  if (json) {
    for (const row of rows) {
      const line = Object.fromEntries(header.map((name, i) => [name, row[i] ?? null]));
      console.log(JSON.stringify({ ...line, entries: Number(line.entries) }));
    }
    return;
  }
  if (rows.length > 0)
    console.log(
      table(
        header,
        rows.map((row) => row.map((cell) => escapeBytes(Buffer.from(cell ?? "")))),
        100,
      ),
    );
  const entries = rows.reduce((sum, row) => sum + Number(row[2]), 0);
  say(paint("dim", `${entries} entries from ${formatUTC(range.from)} to ${formatUTC(range.to)}`));
}

interface Asking {
  readonly range: TimeRange;
  readonly target: Target;
  ask(sql: string): Promise<Answer>;
}

async function showPayload(id: string, options: QuarantineOptions, { range, target, ask }: Asking): Promise<void> {
  if (!/^[0-9a-f-]{36}$/.test(id))
    throw new UsageError(`--payload ${id} is no quarantineid; lake quarantine shows some`);
  const { rows } = await ask(
    `SELECT payload, payload_location FROM quarantine WHERE ${arrivedIn(range)} AND quarantineid = '${id}' LIMIT 1`,
  );
  const [row] = rows;
  if (!row)
    throw new Error(`quarantine: ${id} is not among what arrived since ${formatUTC(range.from)}; try --from 30d`);
  const [inline, location] = row;
  const bytes = location
    ? await readLocation(new S3Client(target.client), location)
    : Buffer.from(inline ?? "", "base64");
  if (options.raw) process.stdout.write(bytes);
  else if (options.json)
    console.log(JSON.stringify({ quarantineid: id, bytes: bytes.length, base64: bytes.toString("base64") }));
  else console.log(escapeBytes(bytes));
}
