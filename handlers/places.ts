import { open } from "node:fs/promises";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import type { Open } from "./resources.ts";

/** Opens an S3 object. */
export type OpenObject = (bucket: string, key: string) => ReturnType<Open>;

/**
 * Opens places: `s3://bucket/key` by `openObject`, all others as files.
 *
 * @param folder that paths start from, such as the function's own
 */
export function placeOpener(folder: string, openObject: OpenObject): Open {
  return async (place) => {
    const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(place) ?? [];
    if (bucket !== undefined && key !== undefined) return openObject(bucket, key);
    return openFile(resolve(folder, place));
  };
}

async function openFile(path: string): Promise<{ stream: Readable; bytes: number }> {
  const file = await open(path);
  const { size: bytes } = await file.stat();
  return { stream: file.createReadStream(), bytes };
}
