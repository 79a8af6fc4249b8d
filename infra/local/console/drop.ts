import { PutObjectCommand } from "@aws-sdk/client-s3";
import { runQuery } from "../../../handlers/cli/athena.ts";
import type { LedgerBook, LogLine } from "../ledger.ts";
import { type Call, Refusal, type Routes } from "./answer.ts";
import type { Clients } from "./clients.ts";
import type { Dropped } from "./contract.ts";
import { arrivedIn, daysBack } from "./quarantine.ts";

/** Files dropped from the page are the objects under this prefix. */
const PREFIX = "console/";

/** A key is at most 1,024 bytes (Amazon S3 User Guide, "Object key naming guidelines"). */
const LONGEST_NAME = 900;

/** Files that are remembered, the newest. */
const MOST_FILES = 200;

/** For so long after a file was read it may still be found in quarantine; so often it is looked for. In milliseconds. */
const QUARANTINED_WITHIN_MS = 10 * 60_000;
const ASKED_EVERY_MS = 2000;

interface File {
  readonly key: string;
  bytes: number;
  state: Dropped["state"];
  records: number;
  quarantined: number;
  reason?: string;
  /** As the drop function read it. */
  version?: string;
  readMs?: number;
}

/** Streams files to the drop bucket, and follows what becomes of them. */
export function dropRoutes(
  { s3, athena }: Pick<Clients, "s3" | "athena">,
  bucket: string,
  ledger: Pick<LedgerBook, "onLine">,
): Routes {
  const files = new Map<string, File>();
  let asked = 0;

  ledger.onLine((line) => {
    const file = line.message === "object" && line.bucket === bucket ? files.get(String(line.key)) : undefined;
    if (file) noteRead(file, line);
  });

  async function upload({ name, request, signal }: Call) {
    const key = keyOf(name);
    const length = request.headers["content-length"];
    if (length === undefined) throw new Refusal(411, "The file's length is not said; nothing was put");
    const bytes = Number(length);
    remember({ key, bytes, state: "waiting", records: 0, quarantined: 0 });
    try {
      const command = new PutObjectCommand({ Bucket: bucket, Key: key, Body: request, ContentLength: bytes });
      await s3.send(command, { abortSignal: signal });
    } catch (error) {
      remember({ key, bytes, state: "failed", records: 0, quarantined: 0, reason: `it was not put: ${error}` });
      throw error;
    }
    return { key, bytes };
  }

  function remember(file: File): void {
    files.delete(file.key);
    files.set(file.key, file);
    const [oldest] = files.keys();
    if (files.size > MOST_FILES && oldest !== undefined) files.delete(oldest);
  }

  /** What the consumer quarantined of the files is in the table as soon as it is delivered. */
  async function lookInQuarantine(signal: AbortSignal): Promise<void> {
    const now = Date.now();
    const open = [...files.values()].filter(({ readMs = 0 }) => now - readMs < QUARANTINED_WITHIN_MS);
    if (open.length === 0 || now - asked < ASKED_EVERY_MS) return;
    asked = now;
    const streams = open.map(({ key }) => `'s3://${bucket}/${key.replaceAll("'", "''")}'`).join(", ");
    const sql = `SELECT stream, shard, count(DISTINCT quarantineid), max_by(message, arrival) FROM quarantine
WHERE ${arrivedIn(daysBack(1))} AND stream IN (${streams}) GROUP BY stream, shard`;
    for (const [stream, version, count, reason] of (await runQuery(athena, sql, signal)).rows) {
      const file = open.find((one) => stream === `s3://${bucket}/${one.key}` && one.version === version);
      if (file) Object.assign(file, { quarantined: Number(count), reason: reason ?? "" });
    }
  }

  return {
    "PUT /api/drop/*": upload,
    "GET /api/drop": async ({ signal }): Promise<Dropped[]> => {
      await lookInQuarantine(signal);
      return [...files.values()].reverse().map(({ version: _, readMs: __, ...file }) => file);
    },
  };
}

/** A large file is read in several invocations: each logs what it read, and whether another one goes on. */
function noteRead(file: File, line: LogLine): void {
  const isUnreadable = Number(line.DropUnreadable) > 0;
  file.records += Number(line.DropDocuments) + Number(line.DropBroken);
  file.version = String(line.version);
  if (typeof line.error === "string") file.reason = `${line.error}; it comes again`;
  if (line.DropContinued) return;
  file.state = isUnreadable ? "failed" : "read";
  file.readMs = Date.now();
  if (isUnreadable) file.reason = "it could not be read; why is in the quarantine in a moment";
  else delete file.reason;
}

/** @throws {Refusal} 400 for a name that no object may have */
function keyOf(name: string): string {
  const isUsable = Buffer.byteLength(name) <= LONGEST_NAME && name.isWellFormed() && !/\p{Cc}/u.test(name);
  if (isUsable) return `${PREFIX}${name}`;
  throw new Refusal(400, `The file's name is over ${LONGEST_NAME} bytes or not text; nothing was put`);
}
