import type { KinesisClient } from "@aws-sdk/client-kinesis";
import type { S3Client } from "@aws-sdk/client-s3";
import type { Candidate } from "./candidate.ts";
import { failureIn, listFailures } from "./failures.ts";
import type { StoredObject } from "./objects.ts";
import { listQuarantined, quarantinedIn, type Wanted } from "./quarantined.ts";

interface Place {
  readonly s3: S3Client;
  readonly kinesis: KinesisClient;
  /** The lake bucket. */
  readonly bucket: string;
}

export interface Search {
  /** Bytes that there are to look through. */
  readonly total: number;
  /** @param onRead told of the bytes that were looked through so far, and how many candidates they held */
  candidates(onRead: (bytes: number, found: number) => void): AsyncGenerator<Candidate>;
}

/**
 * Lists what may hold candidates, so that the end is known, and then looks through it.
 *
 * With a code only quarantined entries are looked for: what Lambda gave up has none.
 */
export async function searchFor(
  { s3, kinesis, bucket }: Place,
  wanted: Wanted,
  only?: "quarantine" | "failures",
): Promise<Search> {
  const quarantine = only === "failures" ? [] : await listQuarantined(s3, bucket, wanted);
  const failures = only === "quarantine" || wanted.code !== undefined ? [] : await listFailures(s3, bucket, wanted);
  return {
    total: [...quarantine, ...failures].reduce((sum, { size }) => sum + size, 0),
    async *candidates(onRead) {
      let [bytes, found] = [0, 0];
      const read = (size: number, candidates: number) => {
        bytes += size;
        found += candidates;
        onRead(bytes, found);
      };
      read(0, 0);
      for (const object of quarantine) {
        const entries = await entriesIn(object);
        yield* entries;
        read(object.size, entries.length);
      }
      for (const object of failures) {
        yield failureIn(s3, kinesis, bucket, object);
        read(object.size, 1);
      }
    },
  };

  /** An object that cannot be read is something that cannot be redriven, and costs the others nothing. */
  async function entriesIn(object: StoredObject): Promise<Candidate[]> {
    try {
      return await quarantinedIn(s3, bucket, object, wanted);
    } catch (error) {
      return [{ id: object.key, load: () => Promise.reject(error) }];
    }
  }
}
