import { GetObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";

/** An object of the lake bucket. */
export interface StoredObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** When it was written, in milliseconds since 1970. */
  readonly writtenMs: number;
}

/** Which keys to list, in the order of their bytes. */
interface Keys {
  readonly prefix: string;
  /** Keys up to this one are left out; it need not be one itself. */
  readonly after?: string;
  /** The first key that is too far. */
  readonly before?: string;
}

/** Lists objects by key. */
export async function listObjects(s3: S3Client, bucket: string, keys: Keys): Promise<StoredObject[]> {
  const { prefix: Prefix, after: StartAfter, before } = keys;
  const objects: StoredObject[] = [];
  let ContinuationToken: string | undefined;
  do {
    const input = { Bucket: bucket, Prefix, StartAfter, ContinuationToken };
    const { Contents = [], NextContinuationToken } = await s3.send(new ListObjectsV2Command(input));
    for (const { Key: key = "", Size: size = 0, LastModified } of Contents) {
      if (before !== undefined && key >= before) return objects;
      objects.push({ key, size, writtenMs: LastModified?.getTime() ?? 0 });
    }
    ContinuationToken = NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return objects;
}

/** The bytes of an object, as they are stored. */
export async function readObject(s3: S3Client, bucket: string, key: string): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const bytes = await Body?.transformToByteArray();
  if (!bytes) throw new Error(`s3://${bucket}/${key} came without a body`);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** @param location `s3://bucket/key`, as the quarantine table has it */
export function readLocation(s3: S3Client, location: string): Promise<Buffer> {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(location) ?? [];
  if (bucket === undefined || key === undefined) throw new Error(`${JSON.stringify(location)} is no s3://bucket/key`);
  return readObject(s3, bucket, key);
}
