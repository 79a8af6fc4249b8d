import { constants, gunzipSync } from "node:zlib";
import type { StoredObject } from "../redrive/objects.ts";
import { findingsOf } from "./finding.ts";
import { DAY_MS, dayPrefix } from "./hours.ts";
import type { Check, Lake } from "./lake.ts";

const ERRORS = "errors/";

/** Where Lambda writes what a mapping gives up (infra/storage.ts). */
const FAILURES = "aws/lambda/";

/** What was refused on the way in the last day: by Firehose, and by Lambda after all its retries. */
export const refused: Check = {
  name: "refused",
  async run(lake) {
    const { found, problem } = findingsOf("refused", `s3://${lake.settings.lakeBucket}/${ERRORS}`);
    for (const folder of await lake.read.folders(ERRORS)) {
      const objects = await lastDay(folder, lake);
      const newest = objects.reduce<StoredObject | undefined>(
        (a, b) => (a && a.writtenMs >= b.writtenMs ? a : b),
        undefined,
      );
      if (!newest) continue;
      const why = reasonIn(await lake.read.startOf(newest.key));
      problem(
        `Firehose refused rows in the last day: ${folder.slice(ERRORS.length, -1)} (${objects.length} in number), the newest: ${why}`,
        `aws s3 cp s3://${lake.settings.lakeBucket}/${newest.key} - shows them; lake replay writes them again once the cause is gone`,
      );
    }
    const given = await givenUp(lake);
    const failures = findingsOf("refused", `s3://${lake.settings.lakeBucket}/${FAILURES}`);
    if (given > 0)
      failures.problem(`Lambda gave up records in the last day, in ${given} batches`, "lake redrive --only failures");
    return [...found, ...failures.found];
  },
};

async function lastDay(folder: string, { read, now }: Lake): Promise<StoredObject[]> {
  const days = [dayPrefix(folder, now - DAY_MS), dayPrefix(folder, now)];
  const objects = await Promise.all(days.map((day) => read.objects(day)));
  return objects.flat().filter(({ writtenMs }) => writtenMs >= now - DAY_MS);
}

async function givenUp({ read, now }: Lake): Promise<number> {
  const objects = await read.objects(FAILURES);
  return objects.filter(({ writtenMs }) => writtenMs >= now - DAY_MS).length;
}

/**
 * Firehose's error objects are JSON lines with the error and the record (Firehose Developer Guide, "Data delivery failure").
 *
 * @param bytes the start of an object, gzipped or not, which may end anywhere
 */
function reasonIn(bytes: Buffer): string {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const [line = ""] = (isGzip ? gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }) : bytes)
    .toString()
    .split("\n", 1);
  try {
    const { errorCode, errorMessage } = JSON.parse(line);
    return `${errorCode}: ${String(errorMessage).replaceAll(/\s+/g, " ").slice(0, 200)}`;
  } catch {
    return `no reason that can be read (${JSON.stringify(line.slice(0, 40))})`;
  }
}
