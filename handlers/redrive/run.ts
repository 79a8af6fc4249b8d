import type { KinesisClient } from "@aws-sdk/client-kinesis";
import { batchesOf, type PutEntry, putBatch } from "../records.ts";
import type { Drop } from "../s3-drop/notification.ts";
import type { Candidate } from "./candidate.ts";
import { wrap } from "./envelope.ts";
import type { Manifest } from "./manifest.ts";

/** What became of what was found: `found` is always the sum of the next three. */
export interface RedriveCounts {
  readonly found: number;
  /** On the stream again, or back in the queue of drops. In a dry run: what would be. */
  readonly put: number;
  /** Redriven before. */
  readonly skipped: number;
  readonly failed: number;
  /** Records that were put on the stream. */
  readonly records: number;
}

export interface Redriven {
  readonly counts: RedriveCounts;
  /** What failed, and why. */
  readonly problems: readonly string[];
}

export interface RedriveDependencies {
  readonly kinesis: KinesisClient;
  readonly stream: string;
  /** Ids that were redriven before. */
  readonly done: ReadonlySet<string>;
  readonly manifest: Manifest;
  /** Tells the queue of drops of an object again. @throws {Error} when there is no such queue */
  requeue(drop: Drop): Promise<void>;
  /** Counts, and changes nothing. */
  readonly dryRun: boolean;
  /** Ends it early: what was begun is finished and noted. */
  readonly signal: AbortSignal;
}

/**
 * Puts candidates back on the stream, each id once in a run. A candidate is noted in the manifest when all its records are
 * on the stream; one that fails costs the others nothing. When the stream takes nothing more, it ends, and the rest of
 * what was found counts as failed.
 */
export async function redrive(candidates: AsyncIterable<Candidate>, deps: RedriveDependencies): Promise<Redriven> {
  const counts = { found: 0, put: 0, skipped: 0, records: 0 };
  const problems: string[] = [];
  const seen = new Set<string>();
  const owners = new Map<Uint8Array, Waiting>();

  async function* payloads(): AsyncGenerator<Uint8Array> {
    for await (const candidate of candidates) {
      if (deps.signal.aborted) return;
      if (seen.has(candidate.id)) continue;
      seen.add(candidate.id);
      counts.found++;
      if (deps.done.has(candidate.id)) counts.skipped++;
      else yield* take(candidate);
    }
  }

  async function* take({ id, load }: Candidate): AsyncGenerator<Uint8Array> {
    let waiting: Waiting;
    try {
      const loaded = await load();
      const envelopes = "drop" in loaded ? [] : loaded.originals.map(wrap);
      waiting = { id, envelopes, left: envelopes.length, problem: "problem" in loaded ? loaded.problem : undefined };
      if ("drop" in loaded && !deps.dryRun) await requeue(loaded.drop);
    } catch (error) {
      return void problems.push(`${id}: ${messageOf(error)}`);
    }
    if (waiting.left === 0 || deps.dryRun) return await finish(waiting);
    for (const envelope of waiting.envelopes) owners.set(envelope, waiting);
    yield* waiting.envelopes;
  }

  async function requeue(drop: Drop): Promise<void> {
    await deps.manifest.begin();
    await deps.requeue(drop);
  }

  async function finish({ id, problem }: Waiting): Promise<void> {
    if (problem !== undefined) return void problems.push(`${id}: ${problem}`);
    counts.put++;
    if (!deps.dryRun) await deps.manifest.add(id);
  }

  async function put(batch: readonly PutEntry[]): Promise<void> {
    const finished: Waiting[] = [];
    await deps.manifest.begin();
    try {
      await putBatch(deps.kinesis, deps.stream, batch, ({ Data }) => {
        counts.records++;
        const waiting = owners.get(Data);
        owners.delete(Data);
        if (waiting && --waiting.left === 0) finished.push(waiting);
      });
    } finally {
      for (const waiting of finished) await finish(waiting);
    }
  }

  try {
    for await (const batch of batchesOf(payloads())) await put(batch);
  } catch (error) {
    problems.push(messageOf(error));
  }
  await deps.manifest
    .flush()
    .catch((error: unknown) => problems.push(`the manifest is not complete: ${messageOf(error)}`));
  return { counts: { ...counts, failed: counts.found - counts.put - counts.skipped }, problems };
}

/** A candidate some of whose records are not on the stream yet. */
interface Waiting {
  readonly id: string;
  readonly envelopes: readonly Uint8Array[];
  left: number;
  readonly problem: string | undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
