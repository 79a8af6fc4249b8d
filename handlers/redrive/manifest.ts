import { randomUUID } from "node:crypto";
import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { listObjects, readObject } from "./objects.ts";

/** Where the lake bucket remembers what was redriven. */
const PREFIX = "redriven/";

/** A part is written when it has as many ids, or is as old: what a killed run may put again. */
const PART = { ids: 1000, ageMs: 5000 };

/** How much earlier than an entry's arrival the run that put it may have begun, in milliseconds: the longest run there is. */
const LONGEST_RUN_MS = 24 * 3_600_000;

export interface Manifest {
  /** Writes its first part, with no ids: a run that may not write here must not put. */
  begin(): Promise<void>;
  /** Takes note of something that is on the stream. */
  add(id: string): Promise<void>;
  /** Writes what is not written yet. */
  flush(): Promise<void>;
}

/**
 * What was redriven by runs that may have put something which came after a time.
 *
 * @param from milliseconds since 1970
 */
export async function redrivenSince(s3: S3Client, bucket: string, from: number): Promise<Set<string>> {
  const after = PREFIX + new Date(Math.max(0, from - LONGEST_RUN_MS)).toISOString();
  const ids = new Set<string>();
  for (const { key } of await listObjects(s3, bucket, { prefix: PREFIX, after })) {
    const { put }: { put: string[] } = JSON.parse((await readObject(s3, bucket, key)).toString());
    for (const id of put) ids.add(id);
  }
  return ids;
}

/**
 * Opens the manifest of a run: objects `redriven/<time>-<run>/<part>.json`, each with the ids that were put since the one
 * before it.
 *
 * An id is written after it was put, never before: a run that is killed in between puts it again the next time, and it
 * converges, since its events have the same ids. The other order would lose it.
 */
export function openManifest(s3: S3Client, bucket: string, stream: string, now: () => number): Manifest {
  const started = new Date(now()).toISOString();
  const run = `${PREFIX}${started}-${randomUUID().slice(0, 8)}`;
  let ids: string[] = [];
  let parts = 0;
  let writtenMs = now();

  async function write(): Promise<void> {
    const Key = `${run}/${String(parts).padStart(6, "0")}.json`;
    const put = ids;
    const Body = JSON.stringify({ started, stream, put });
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType: "application/json" }));
    ids = ids.slice(put.length);
    parts++;
    writtenMs = now();
  }
  return {
    async begin() {
      if (parts === 0) await write();
    },
    async add(id) {
      ids.push(id);
      if (ids.length >= PART.ids || now() - writtenMs >= PART.ageMs) await write();
    },
    async flush() {
      if (ids.length > 0) await write();
    },
  };
}
