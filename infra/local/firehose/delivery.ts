import type { EngineThread } from "./thread.ts";

export type PutObject = (bucket: string, key: string, bytes: Uint8Array) => Promise<void>;

/** Since the process started. */
export interface Delivered {
  objects: number;
  /** Sub-records where records are split. */
  records: number;
  /** Records that went to the error prefix. */
  failedRecords: number;
  /** Attempts that S3 did not take; the objects are kept and tried again. */
  failedPuts: number;
}

const SHORTEST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Brings due objects to S3, one at a time, and forgets them only then: a crash in between puts the same object again.
 *
 * After a failure there is a pause, doubled with each one up to a minute.
 */
export function startDelivery(
  engine: EngineThread,
  putObject: PutObject,
  now: () => Date,
  log: (line: string) => void,
) {
  const totals = new Map<string, Delivered>();
  let last: Promise<unknown> = Promise.resolve();
  let rounds = 0;
  let pause = 0;
  let pausedUntil = 0;

  const totalOf = (stream: string): Delivered => {
    const total = totals.get(stream) ?? { objects: 0, records: 0, failedRecords: 0, failedPuts: 0 };
    totals.set(stream, total);
    return total;
  };

  /** Delivers all that is due. @returns what failed, as text */
  async function round(): Promise<string[]> {
    const failures: string[] = [];
    const failed: number[] = [];
    for (;;) {
      const object = await engine.next(now().getTime(), failed);
      if (!object) break;
      const total = totalOf(object.stream);
      try {
        await putObject(object.bucket, object.key, object.bytes);
      } catch (error) {
        failed.push(object.id);
        failures.push(`s3://${object.bucket}/${object.key}: ${error instanceof Error ? error.message : error}`);
        total.failedPuts++;
        continue;
      }
      await engine.delivered(object.id);
      if (object.isError) total.failedRecords += object.records;
      else total.records += object.records;
      total.objects++;
    }
    pause = failures.length === 0 ? 0 : Math.min(Math.max(pause * 2, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
    pausedUntil = Date.now() + pause;
    return failures;
  }

  function enqueue(work: () => Promise<string[]>): Promise<string[]> {
    rounds++;
    const result = last.then(work).finally(() => rounds--);
    last = result.catch(() => {});
    return result;
  }

  return {
    totals,
    /** Starts a round unless one is under way or S3 failed a moment ago. */
    tick(): void {
      if (rounds > 0 || Date.now() < pausedUntil) return;
      enqueue(round).then(
        (failures) =>
          failures[0] && log(`firehose: ${failures.length} objects are kept and tried again: ${failures[0]}`),
        (error: Error) => log(error.message),
      );
    },
    /** @throws {Error} when an object could not be put; it is kept and tried again */
    async flush(): Promise<void> {
      const failures = await enqueue(async () => {
        await engine.sealAll();
        return round();
      });
      if (failures.length > 0)
        throw new Error(`firehose: ${failures.length} objects could not be put and are kept: ${failures[0]}`);
    },
    /** Waits for the round under way. */
    idle: () => last,
  };
}
