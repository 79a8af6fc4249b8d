import type { KinesisClient } from "@aws-sdk/client-kinesis";
import type { S3Client } from "@aws-sdk/client-s3";
import { batchesOf, type PutEntry, putUntil } from "../records.ts";
import { createEnvelope } from "./envelope.ts";
import { ChangedObject, UnreadableObject } from "./errors.ts";
import { piecesOf } from "./formats.ts";
import type { Drop } from "./notification.ts";
import { openObject } from "./object.ts";
import { createReader, type Reader } from "./reader.ts";

/**
 * Calls in flight, and their size. Reading stands still until one of them is answered: that is the back-pressure. Each is
 * in memory several times over, as records and as the request, so more or larger ones would not be faster but fatter.
 */
const CONCURRENCY = 4;
const CALL_BYTES = 1024 * 1024;

/** Kept free at the end of an invocation, in milliseconds: to stop reading, and to stop trying to put. */
const RESERVE_MS = { forPuts: 30_000, forAnswer: 10_000 };

export interface ForwardDependencies {
  readonly s3: S3Client;
  readonly kinesis: KinesisClient;
  readonly stream: string;
  /** Milliseconds that are left of the invocation. */
  timeLeft(): number;
}

export interface Forwarded {
  /** The version that was read; empty when the object could not be opened. */
  readonly version: string;
  /** Pieces read in this invocation, by kind. */
  readonly counts: Reader["counts"];
  /** What is left to do, if anything is. */
  readonly next?: Drop;
  /** Why something is left, unless the time was over or the object changed. */
  readonly error?: unknown;
}

/**
 * Puts an object's documents on the stream, from the drop's position on, until its end or until the time is over.
 *
 * An object that cannot be read becomes a line that refers to it. A failure that passes is thrown when nothing was put
 * by then; later it is answered, so that what was put is not put again. An object that was replaced since `resume` or
 * while it was read is left to do from its beginning.
 */
export async function forwardObject(drop: Drop, deps: ForwardDependencies): Promise<Forwarded> {
  const { resume, ...bare } = drop;
  try {
    const object = await openObject(deps.s3, drop).catch((error: unknown) => closedObject(drop, error));
    const { version, versionId } = object;
    const from = resume?.position ?? 0;
    const isTimeOver = () => deps.timeLeft() <= RESERVE_MS.forPuts;
    const reader = createReader({
      pieces: piecesOf(drop.key, object.bytes),
      envelope: createEnvelope({ ...drop, version }),
      from,
      isTimeOver,
    });
    const error = await putAll(reader, deps);
    const position = reader.safePosition();
    if (position === undefined) return { version, counts: reader.counts };
    if (position <= from) throw error ?? new Error(`${nameOf(drop)} has more before position ${from} than time allows`);
    const next = { ...bare, ...(versionId !== undefined && { versionId }), resume: { position, version } };
    return { version, counts: reader.counts, next, error };
  } catch (error) {
    if (!(error instanceof ChangedObject)) throw error;
    return { version: "", counts: { document: 0, broken: 0, error: 0 }, next: bare };
  }
}

/** In place of an object that cannot be opened: it answers a read with why. */
function closedObject({ versionId, resume }: Drop, error: unknown) {
  if (!(error instanceof UnreadableObject)) throw error;
  const bytes = (async function* (): AsyncGenerator<Buffer> {
    yield* [];
    throw error;
  })();
  return { version: versionId ?? resume?.version ?? "", versionId, bytes };
}

/** @returns why it ended before the reader did, if it did */
async function putAll(reader: Reader, { kinesis, stream, timeLeft }: ForwardDependencies): Promise<unknown> {
  const batches = batchesOf(reader.payloads(), CALL_BYTES);
  const deadline = Date.now() + timeLeft() - RESERVE_MS.forAnswer;
  const worker = async () => {
    for await (const batch of batches) await put(batch);
  };
  const ends = await Promise.allSettled(Array.from({ length: CONCURRENCY }, worker));
  return ends.find((end) => end.status === "rejected")?.reason;

  async function put(batch: readonly PutEntry[]): Promise<void> {
    const results = await putUntil(kinesis, stream, batch, deadline);
    const refused = results.filter(({ SequenceNumber }) => SequenceNumber === undefined);
    for (const [i, { Data }] of batch.entries()) {
      if (results[i]?.SequenceNumber !== undefined) reader.sent(Data);
    }
    if (refused.length === 0) return;
    const [{ ErrorCode, ErrorMessage } = {}] = refused;
    throw new Error(`${stream} did not take ${refused.length} records (${ErrorCode}: ${ErrorMessage})`);
  }
}

function nameOf({ bucket, key }: Drop): string {
  return `s3://${bucket}/${key}`;
}
